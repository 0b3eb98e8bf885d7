-- Purpose:     give a claimed job back without counting the attempt (shutdown, budget, rate limit, breaker, a
--              neighbour's crash).
-- Parameters:  p_job_id, p_run_id; p_reason; p_available_at not before (null = at once); p_suspect true counts an
--              abandonment, so that the job next runs alone in a thread; p_run json {prompt_sha256?, model?};
--              p_code what it waits for, such as BUDGET_EXHAUSTED (null = nothing in particular); p_now UTC.
-- Returns:     the job's new status and available_at.
-- Errors:      LEASE_LOST, UNKNOWN_JOB.
-- Idempotency: repeated by the same run it changes nothing.
CREATE OR REPLACE FUNCTION llm.usp_release_job(
    p_job_id bigint, p_run_id uuid, p_reason text, p_available_at timestamptz DEFAULT NULL,
    p_suspect boolean DEFAULT false, p_run jsonb DEFAULT NULL, p_code text DEFAULT NULL,
    p_now timestamptz DEFAULT NULL)
RETURNS TABLE (status text, available_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now   timestamptz := coalesce(p_now, clock_timestamp());
    v_state text;
BEGIN
    SELECT h.state INTO v_state FROM llm.usp_hold_job(p_job_id, p_run_id, 'RELEASED', v_now) AS h;
    IF v_state = 'held' THEN
        PERFORM llm.usp_end_run(p_job_id, p_run_id, 'RELEASED', p_code, p_reason, p_run, v_now);
        UPDATE llm.job AS j
        SET status = CASE WHEN p_suspect AND j.abandon_count + 1 > j.max_abandons THEN 'DEADLETTER'
                          WHEN p_available_at > v_now THEN 'SCHEDULED' ELSE 'NEW' END,
            finished_at = CASE WHEN p_suspect AND j.abandon_count + 1 > j.max_abandons THEN v_now END,
            last_error_code = CASE WHEN p_suspect THEN 'LEASE_EXPIRED' ELSE coalesce(p_code, j.last_error_code) END,
            last_error = CASE WHEN p_suspect OR p_code IS NOT NULL THEN left(p_reason, 4000) ELSE j.last_error END,
            available_at = CASE WHEN p_available_at > v_now THEN p_available_at ELSE j.available_at END,
            abandon_count = j.abandon_count + CASE WHEN p_suspect THEN 1 ELSE 0 END,
            locked_by = NULL, lease_expires_at = NULL
        WHERE j.job_id = p_job_id;
    END IF;
    RETURN QUERY SELECT j.status, j.available_at FROM llm.job AS j WHERE j.job_id = p_job_id;
END
$$;
