-- Purpose:     the jobs that an id is about: that of a run, or those with a correlation id, archived ones included.
-- Parameters:  p_id a run_id or correlation_id; p_after the job_id after which to go on; p_limit most jobs.
-- Returns:     job_id, ascending; run_id where p_id is one; correlation_id. A run is found by its key, which holds that of its
--              job. A correlation id reads llm.job through, for an index on it would cost every job of the queue a sixth of
--              its time (decision 6), and llm.run only if no job has it: then the jobs are purged.
-- Errors:      INVALID_PAYLOAD for a negative limit.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION llm.fn_trace_jobs(p_id uuid, p_after bigint DEFAULT 0, p_limit integer DEFAULT 100)
RETURNS TABLE (job_id bigint, run_id uuid, correlation_id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    -- See llm.usp_claim_jobs: a run_id ends with its job's id.
    v_job_id bigint := ('x' || right(p_id::text, 12))::bit(48)::bigint;
BEGIN
    PERFORM llm.fn_checked_limit(p_limit);
    RETURN QUERY
    SELECT f.job_id, p_id, f.correlation_id FROM (
        SELECT r.job_id, r.correlation_id FROM llm.run AS r WHERE r.run_id = p_id
        UNION
        SELECT j.job_id, j.correlation_id FROM llm.job AS j WHERE j.job_id = v_job_id AND j.run_id = p_id
        UNION
        SELECT a.job_id, a.correlation_id FROM llm.job_archive AS a WHERE a.job_id = v_job_id AND a.run_id = p_id
    ) AS f
    WHERE f.job_id > p_after
    LIMIT p_limit;
    IF FOUND OR p_after > 0 AND EXISTS (SELECT 1 FROM llm.run AS r WHERE r.run_id = p_id) THEN
        RETURN;
    END IF;

    RETURN QUERY
    SELECT f.job_id, NULL::uuid, p_id FROM (
        SELECT j.job_id FROM llm.job AS j WHERE j.correlation_id = p_id AND j.job_id > p_after
        UNION ALL
        SELECT a.job_id FROM llm.job_archive AS a WHERE a.correlation_id = p_id AND a.job_id > p_after
    ) AS f
    ORDER BY f.job_id
    LIMIT p_limit;
    IF NOT FOUND THEN
        RETURN QUERY
        SELECT r.job_id, (array_agg(r.run_id ORDER BY r.run_id))[1], p_id
        FROM llm.run AS r
        WHERE r.correlation_id = p_id AND r.job_id > p_after
        GROUP BY r.job_id
        ORDER BY r.job_id
        LIMIT p_limit;
    END IF;
END
$$;
