-- Purpose:     how much is left; a draining runner ends when it is nothing.
-- Parameters:  p_job_types json array of names (null = all); p_min_priority (null = any).
-- Returns:     new_count, scheduled_count, running_count of types that are not paused, and next_available_at of what is
--              scheduled. Read from the partial indexes of open jobs alone.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION llm.usp_read_queue_depth(p_job_types jsonb DEFAULT NULL, p_min_priority integer DEFAULT NULL)
RETURNS TABLE (new_count bigint, scheduled_count bigint, running_count bigint, next_available_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH wanted AS MATERIALIZED (
        SELECT t.job_type FROM llm.job_type AS t
        WHERE NOT t.paused AND (p_job_types IS NULL OR p_job_types ? t.job_type)
    )
    SELECT
        (SELECT count(*) FROM llm.job AS j WHERE j.status = 'NEW' AND j.job_type IN (SELECT w.job_type FROM wanted AS w)
            AND j.priority >= coalesce(p_min_priority, -2147483648)),
        (SELECT count(*) FROM llm.job AS j WHERE j.status = 'SCHEDULED' AND j.job_type IN (SELECT w.job_type FROM wanted AS w)
            AND j.priority >= coalesce(p_min_priority, -2147483648)),
        (SELECT count(*) FROM llm.job AS j WHERE j.status = 'RUNNING' AND j.job_type IN (SELECT w.job_type FROM wanted AS w)
            AND j.priority >= coalesce(p_min_priority, -2147483648)),
        (SELECT min(j.available_at) FROM llm.job AS j WHERE j.status = 'SCHEDULED');
$$;
