-- Purpose:     put the real usage of a request in place of what was reserved for it.
-- Parameters:  p_reservation_id; p_tokens, p_usd used; p_now UTC.
-- Returns:     settled.
-- Errors:      none.
-- Idempotency: a reservation is settled once.
CREATE OR REPLACE FUNCTION llm.usp_settle_budget(
    p_reservation_id bigint, p_tokens bigint, p_usd numeric, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (settled boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_model    text;
    v_reserved bigint;
BEGIN
    SELECT b.model, b.tokens INTO v_model, v_reserved FROM llm.budget_reservation AS b
    WHERE b.reservation_id = p_reservation_id AND b.settled_at IS NULL
    FOR UPDATE;
    IF NOT FOUND THEN
        RETURN QUERY SELECT false;
        RETURN;
    END IF;
    UPDATE llm.budget_reservation AS b
    SET tokens = p_tokens, usd = p_usd, settled_at = coalesce(p_now, clock_timestamp())
    WHERE b.reservation_id = p_reservation_id;
    UPDATE llm.rate_limit AS l SET tokens_level = l.tokens_level + v_reserved - p_tokens WHERE l.model = v_model;
    RETURN QUERY SELECT true;
END
$$;
