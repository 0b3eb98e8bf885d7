-- Purpose:     put the real usage of a request in place of what was reserved for it.
-- Parameters:  p_reservation_id; p_tokens, p_usd used (null = as reserved; 0 for a request that was never sent); p_now UTC.
-- Returns:     settled.
-- Errors:      none.
-- Idempotency: a reservation is settled once, and is gone then.
CREATE OR REPLACE FUNCTION llm.usp_settle_budget(
    p_reservation_id bigint, p_tokens bigint, p_usd numeric, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (settled boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_row llm.budget_reservation;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    SELECT * INTO v_row FROM llm.budget_reservation AS b WHERE b.reservation_id = p_reservation_id;
    -- In the order in which a reservation locks.
    PERFORM 1 FROM llm.rate_limit AS l WHERE l.model = v_row.model FOR NO KEY UPDATE;
    PERFORM 1 FROM llm.dag_budget AS g WHERE g.dag_id = v_row.dag_id FOR NO KEY UPDATE;
    DELETE FROM llm.budget_reservation AS b WHERE b.reservation_id = p_reservation_id;
    IF NOT FOUND THEN
        RETURN QUERY SELECT false;
        RETURN;
    END IF;
    -- Whoever was refused for what is free again may come again.
    UPDATE llm.rate_limit AS l
    SET tokens_level = least(l.tokens_per_minute * 0.01, l.tokens_level
            + llm.fn_token_charge(v_row.tokens, l.tokens_per_minute)
            - llm.fn_token_charge(coalesce(p_tokens, v_row.tokens), l.tokens_per_minute)),
        usd_used = l.usd_used + CASE WHEN l.usd_day = (v_row.reserved_at AT TIME ZONE 'UTC')::date
            THEN coalesce(p_usd, v_row.usd) - v_row.usd ELSE 0 END,
        refused_day = CASE WHEN p_usd < v_row.usd THEN NULL ELSE l.refused_day END
    WHERE l.model = v_row.model;
    UPDATE llm.dag_budget AS g
    SET usd_used = g.usd_used + coalesce(p_usd, v_row.usd) - v_row.usd,
        refused_limit = CASE WHEN p_usd < v_row.usd THEN NULL ELSE g.refused_limit END
    WHERE g.dag_id = v_row.dag_id;
    RETURN QUERY SELECT true;
END
$$;
