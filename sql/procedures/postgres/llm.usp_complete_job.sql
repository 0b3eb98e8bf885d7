-- Purpose:     end a running job as SUCCEEDED.
-- Parameters:  p_job_id, p_run_id; p_outcome json; p_run json {prompt_sha256?, model?}; p_now UTC.
-- Returns:     status and outcome as stored; CANCELLED if that was asked for meanwhile.
-- Errors:      LEASE_LOST, UNKNOWN_JOB.
-- Idempotency: repeated by the same run it returns what is stored.
CREATE OR REPLACE FUNCTION llm.usp_complete_job(
    p_job_id bigint, p_run_id uuid, p_outcome jsonb DEFAULT NULL, p_run jsonb DEFAULT NULL, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (status text, outcome jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now  timestamptz := coalesce(p_now, clock_timestamp());
    v_hold record;
BEGIN
    SELECT h.state, h.outcome INTO v_hold FROM llm.usp_hold_job(p_job_id, p_run_id, 'SUCCEEDED', v_now) AS h;
    IF v_hold.state = 'held' THEN
        PERFORM llm.usp_end_run(p_job_id, p_run_id, 'SUCCEEDED', NULL, NULL, p_run, v_now);
        UPDATE llm.job AS j
        SET status = 'SUCCEEDED', outcome = p_outcome, attempt_count = j.attempt_count + 1, locked_by = NULL,
            lease_expires_at = NULL, finished_at = v_now, last_error_code = NULL, last_error = NULL
        WHERE j.job_id = p_job_id;
        RETURN QUERY SELECT 'SUCCEEDED'::text, p_outcome;
    ELSE
        RETURN QUERY SELECT CASE v_hold.outcome ->> 'status' WHEN 'CANCELLED' THEN 'CANCELLED' ELSE 'SUCCEEDED' END,
            v_hold.outcome;
    END IF;
END
$$;
