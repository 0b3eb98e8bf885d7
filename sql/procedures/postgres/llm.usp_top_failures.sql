-- Purpose:     what failed last: attempts of the last minutes, and before them the newest dead letters.
-- Parameters:  p_job_types json array of names (null = all); p_minutes how far back attempts are looked for; p_limit most rows;
--              p_now UTC.
-- Returns:     failed_at, status (FAILED or ABANDONED of an attempt, DEADLETTER of an older dead letter), job_id, run_id, job_type,
--              subject, attempt, error_code, error, job_status as it is now; the newest first.
-- Errors:      INVALID_PAYLOAD for a negative limit.
-- Idempotency: reads only: the runs of these minutes by ix_run_finished, dead letters by ix_job_dead.
CREATE OR REPLACE FUNCTION llm.usp_top_failures(
    p_job_types jsonb DEFAULT NULL, p_minutes integer DEFAULT 15, p_limit integer DEFAULT 20, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (
    failed_at timestamptz, status text, job_id bigint, run_id uuid, job_type text, subject text, attempt integer,
    error_code text, error text, job_status text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now   timestamptz := coalesce(p_now, clock_timestamp());
    v_since timestamptz := v_now - p_minutes * interval '1 minute';
    v_limit integer := llm.fn_checked_limit(p_limit);
BEGIN
    RETURN QUERY
    WITH attempt AS (
        SELECT r.finished_at, r.status, r.job_id, r.run_id, j.job_type, j.subject, r.attempt, r.error_code, r.error,
            j.status AS job_status
        FROM llm.run AS r
        JOIN llm.job AS j ON j.job_id = r.job_id
        WHERE r.finished_at > v_since AND r.finished_at <= v_now AND r.status IN ('FAILED', 'ABANDONED')
          AND (p_job_types IS NULL OR p_job_types ? j.job_type)
        ORDER BY r.finished_at DESC, r.run_id
        LIMIT v_limit
    ), dead AS (
        SELECT j.finished_at, j.status, j.job_id, j.run_id, j.job_type, j.subject, j.attempt_count, j.last_error_code,
            j.last_error, j.status AS job_status
        FROM llm.job AS j
        WHERE j.status = 'DEADLETTER' AND j.finished_at <= v_since AND (p_job_types IS NULL OR p_job_types ? j.job_type)
        ORDER BY j.finished_at DESC
        LIMIT v_limit
    )
    SELECT f.* FROM (SELECT a.* FROM attempt AS a UNION ALL SELECT d.* FROM dead AS d) AS f
    ORDER BY f.finished_at DESC, f.job_id
    LIMIT v_limit;
END
$$;
