-- Purpose:     forget reservations of runs that ended without settling them (a crash); runners call it every few seconds.
-- Parameters:  p_now UTC.
-- Returns:     models whose reservations were looked at; the thousand oldest of each.
-- Errors:      none.
-- Idempotency: a reservation is dropped once.
CREATE OR REPLACE FUNCTION llm.usp_expire_reservations(p_now timestamptz DEFAULT NULL)
RETURNS TABLE (models bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_now    timestamptz := coalesce(p_now, clock_timestamp());
    v_models bigint := 0;
    v_model  text;
BEGIN
    -- One model after the other, each found by a step along the index; the younger ones are under way.
    LOOP
        SELECT min(b.model) INTO v_model FROM llm.budget_reservation AS b
        WHERE v_model IS NULL OR b.model > v_model;
        EXIT WHEN v_model IS NULL;
        v_models := v_models + 1;
        PERFORM 1 FROM llm.rate_limit AS l WHERE l.model = v_model FOR NO KEY UPDATE;
        PERFORM llm.usp_drop_dead_reservations(v_model, NULL, v_now);
    END LOOP;
    RETURN QUERY SELECT v_models;
END
$$;
