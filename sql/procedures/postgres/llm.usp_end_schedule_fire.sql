-- Purpose:     say how a step of an open firing ended.
-- Parameters:  p_name, p_fire_at; p_worker_id who held the program step (null: an SQL step that failed); p_result json, what came of
--              it; p_error_code, p_error if it failed; p_retryable whether a program step is tried again (three times, 1, 2 and
--              4 minutes apart; CANCELLED gives it back at once and uncounted, as a scheduler does that is stopped); p_now UTC.
-- Returns:     status (OPEN: another step or attempt follows).
-- Errors:      LEASE_LOST if somebody else holds it or it has ended.
-- Idempotency: no; who repeats it hears LEASE_LOST.
CREATE OR REPLACE FUNCTION llm.usp_end_schedule_fire(
    p_name text, p_fire_at timestamptz, p_worker_id uuid DEFAULT NULL, p_result jsonb DEFAULT NULL, p_error_code text DEFAULT NULL,
    p_error text DEFAULT NULL, p_retryable boolean DEFAULT false, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (status text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now    timestamptz := coalesce(p_now, clock_timestamp());
    v_fire   llm.schedule_fire;
    v_status text;
BEGIN
    SELECT * INTO v_fire FROM llm.schedule_fire AS f WHERE f.name = p_name AND f.fire_at = p_fire_at FOR UPDATE;
    IF v_fire.status IS DISTINCT FROM 'OPEN' OR v_fire.locked_by IS DISTINCT FROM p_worker_id THEN
        RAISE EXCEPTION 'LEASE_LOST: the firing of % at % is not yours', p_name, p_fire_at USING ERRCODE = 'SR001';
    END IF;
    -- Nothing failed: the next scheduler goes on.
    IF p_error_code = 'CANCELLED' AND p_retryable AND p_worker_id IS NOT NULL THEN
        UPDATE llm.schedule_fire AS f
        SET locked_by = NULL, lease_expires_at = NULL, attempt_count = greatest(f.attempt_count - 1, 0)
        WHERE f.name = p_name AND f.fire_at = p_fire_at;
        RETURN QUERY SELECT 'OPEN';
        RETURN;
    END IF;
    v_status := CASE
        WHEN p_error_code IS NULL AND v_fire.payload ? 'job_types' THEN 'OPEN'
        WHEN p_error_code IS NULL THEN 'DONE'
        WHEN p_retryable AND p_worker_id IS NOT NULL AND v_fire.attempt_count < 3 THEN 'OPEN'
        ELSE 'FAILED' END;
    UPDATE llm.schedule_fire AS f
    SET status = v_status, result = coalesce(f.result, '{}') || coalesce(p_result, '{}'), locked_by = NULL,
        program_step = CASE WHEN p_error_code IS NULL THEN NULL ELSE f.program_step END,
        lease_expires_at = CASE WHEN p_error_code IS NOT NULL AND v_status = 'OPEN'
            THEN v_now + power(2, f.attempt_count - 1) * interval '1 minute' END,
        error_code = p_error_code, error = p_error, finished_at = CASE WHEN v_status <> 'OPEN' THEN v_now END
    WHERE f.name = p_name AND f.fire_at = p_fire_at;
    RETURN QUERY SELECT v_status;
END
$$;
