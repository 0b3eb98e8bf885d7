-- Purpose:     end an attempt as failed: try again later, or never (DEADLETTER).
-- Parameters:  p_job_id, p_run_id; p_code, p_message; p_retryable (null = true); p_retry_after_seconds at least this long, a day
--              at most (null = backoff alone); p_run json {prompt_sha256?, model?}; p_now UTC; p_jitter 0..1, default random.
-- Returns:     the job's new status, attempt_count and available_at.
-- Errors:      LEASE_LOST, UNKNOWN_JOB.
-- Idempotency: repeated by the same run it changes nothing.
-- Backoff:     full jitter, p_jitter * min(backoff_max_seconds, backoff_base_seconds * 2^(attempt - 1)).
CREATE OR REPLACE FUNCTION llm.usp_fail_job(
    p_job_id bigint, p_run_id uuid, p_code text, p_message text, p_retryable boolean,
    p_retry_after_seconds numeric DEFAULT NULL, p_run jsonb DEFAULT NULL, p_now timestamptz DEFAULT NULL,
    p_jitter double precision DEFAULT NULL)
RETURNS TABLE (status text, attempt_count integer, available_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now   timestamptz := coalesce(p_now, clock_timestamp());
    v_state text;
BEGIN
    SELECT h.state INTO v_state FROM llm.usp_hold_job(p_job_id, p_run_id, 'FAILED', v_now) AS h;
    IF v_state = 'held' THEN
        PERFORM llm.usp_end_run(p_job_id, p_run_id, 'FAILED', p_code, p_message, p_run, v_now);
        UPDATE llm.job AS j
        SET status = n.status,
            attempt_count = j.attempt_count + 1,
            available_at = CASE n.status WHEN 'DEADLETTER' THEN j.available_at ELSE v_now + n.wait_seconds * interval '1 second' END,
            finished_at = CASE n.status WHEN 'DEADLETTER' THEN v_now END,
            locked_by = NULL, lease_expires_at = NULL, last_error_code = p_code, last_error = left(p_message, 4000)
        FROM (
            SELECT t.job_type,
                CASE WHEN coalesce(p_retryable, true) AND k.attempt_count + 1 < k.max_attempts THEN 'SCHEDULED' ELSE 'DEADLETTER' END AS status,
                greatest(
                    least(coalesce(p_retry_after_seconds, 0), 86400)::double precision,
                    coalesce(p_jitter, random())
                        * least(t.backoff_max_seconds, t.backoff_base_seconds * power(2, least(k.attempt_count, 30)))) AS wait_seconds
            FROM llm.job AS k
            JOIN llm.job_type AS t ON t.job_type = k.job_type
            WHERE k.job_id = p_job_id
        ) AS n
        WHERE j.job_id = p_job_id;
    END IF;
    RETURN QUERY SELECT j.status, j.attempt_count, j.available_at FROM llm.job AS j WHERE j.job_id = p_job_id;
END
$$;
