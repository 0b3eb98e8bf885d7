-- Purpose:     fire a schedule because a person wants it, whether it is enabled or not; its own times stay as they are.
-- Parameters:  p_name; p_now UTC, which becomes the instant of this firing; p_correlation_id of it and of what it
--              enqueues (null = a new one).
-- Returns:     fire_at; status; result; correlation_id.
-- Errors:      NOT_FOUND; INVALID_STATE while an earlier firing is open; UNKNOWN_JOB_TYPE of what it enqueues.
-- Idempotency: each call fires.
CREATE OR REPLACE FUNCTION llm.usp_run_schedule_now(
    p_name text, p_now timestamptz DEFAULT NULL, p_correlation_id uuid DEFAULT NULL)
RETURNS TABLE (fire_at timestamptz, status text, result jsonb, correlation_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    -- JavaScript knows milliseconds only, and names the firing by its instant.
    v_now timestamptz := date_trunc('milliseconds', coalesce(p_now, clock_timestamp()));
    v_correlation_id uuid := coalesce(p_correlation_id, gen_random_uuid());
BEGIN
    PERFORM 1 FROM llm.schedule AS s WHERE s.name = p_name FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'NOT_FOUND: no schedule is named %', p_name USING ERRCODE = 'SR012';
    END IF;
    IF EXISTS (SELECT 1 FROM llm.schedule_fire AS f WHERE f.name = p_name AND (f.status = 'OPEN' OR f.fire_at = v_now)) THEN
        RAISE EXCEPTION 'INVALID_STATE: an earlier firing of % is still open', p_name USING ERRCODE = 'SR010',
            HINT = 'A scheduler brings it to its end: sproute scheduler, or sproute run --schedule.';
    END IF;
    RETURN QUERY
    SELECT v_now, b.status, b.result, v_correlation_id
    FROM llm.usp_begin_schedule_fire(p_name, v_now, true, 0, false, v_now, v_correlation_id) AS b;
END
$$;
