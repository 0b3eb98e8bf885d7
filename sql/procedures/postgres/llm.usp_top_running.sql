-- Purpose:     what runs now, the longest first.
-- Parameters:  p_job_types json array of names (null = all); p_limit most rows; p_now UTC.
-- Returns:     job_id, run_id, job_type, subject, attempt, abandon_count, started_at, running_s, worker_id, host and pid (null if it
--              never said that it lives), lease_left_s (negative: over), cancel_requested.
-- Errors:      INVALID_PAYLOAD for a negative limit.
-- Idempotency: reads only, by ix_job_running.
CREATE OR REPLACE FUNCTION llm.usp_top_running(
    p_job_types jsonb DEFAULT NULL, p_limit integer DEFAULT 100, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (
    job_id bigint, run_id uuid, job_type text, subject text, attempt integer, abandon_count integer, started_at timestamptz,
    running_s bigint, worker_id uuid, host text, pid integer, lease_left_s bigint, cancel_requested boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
    SELECT j.job_id, j.run_id, j.job_type, j.subject, j.attempt_count + 1, j.abandon_count, j.started_at,
        greatest(0, round(extract(epoch FROM c.now - j.started_at)))::bigint, j.locked_by, w.host, w.pid,
        round(extract(epoch FROM j.lease_expires_at - c.now))::bigint, j.cancel_requested
    FROM (SELECT coalesce(p_now, clock_timestamp()) AS now) AS c
    JOIN llm.job AS j ON j.status = 'RUNNING'
    LEFT JOIN llm.worker AS w ON w.worker_id = j.locked_by
    WHERE p_job_types IS NULL OR p_job_types ? j.job_type
    ORDER BY j.started_at, j.job_id
    LIMIT llm.fn_checked_limit(p_limit);
$$;
