-- Purpose:     the jobs that an id is about: of a run, or with a correlation id, archived ones included.
-- Parameters:  p_id a run_id or correlation_id; p_after the job_id after which to go on; p_limit most jobs.
-- Returns:     job_id, ascending. A run is found by its key; a correlation id reads llm.job and llm.job_archive through, for
--              an index on it would cost every enqueued job a random write.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION llm.fn_trace_jobs(p_id uuid, p_after bigint DEFAULT 0, p_limit integer DEFAULT 100)
RETURNS TABLE (job_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT f.job_id FROM (
        SELECT r.job_id FROM llm.run AS r WHERE r.run_id = p_id
        UNION
        SELECT j.job_id FROM llm.job AS j WHERE j.status = 'RUNNING' AND j.run_id = p_id
        UNION
        SELECT j.job_id FROM llm.job AS j
        WHERE j.correlation_id = p_id AND NOT EXISTS (SELECT 1 FROM llm.run AS r WHERE r.run_id = p_id)
        UNION
        SELECT a.job_id FROM llm.job_archive AS a
        WHERE a.correlation_id = p_id AND NOT EXISTS (SELECT 1 FROM llm.run AS r WHERE r.run_id = p_id)
    ) AS f
    WHERE f.job_id > p_after
    ORDER BY f.job_id
    LIMIT p_limit;
$$;
