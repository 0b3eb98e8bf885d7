-- Purpose:     how much is left by job type, for metrics; llm.usp_read_queue_depth says it of all types together.
-- Parameters:  p_job_types json array of names (null = all); p_min_priority (null = any).
-- Returns:     one row a type: job_type, paused, new_count, scheduled_count, running_count, in the order of their names.
--              Read from the partial indexes of open jobs alone.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION llm.usp_read_queue_depths(p_job_types jsonb DEFAULT NULL, p_min_priority integer DEFAULT NULL)
RETURNS TABLE (job_type text, paused boolean, new_count bigint, scheduled_count bigint, running_count bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH waiting AS (
        SELECT j.job_type, count(*) AS jobs FROM llm.job AS j
        WHERE j.status = 'NEW' AND j.priority >= coalesce(p_min_priority, -2147483648)
        GROUP BY j.job_type
    ), later AS (
        SELECT j.job_type, count(*) AS jobs FROM llm.job AS j
        WHERE j.status = 'SCHEDULED' AND j.priority >= coalesce(p_min_priority, -2147483648)
        GROUP BY j.job_type
    ), running AS (
        SELECT j.job_type, count(*) AS jobs FROM llm.job AS j
        WHERE j.status = 'RUNNING' AND j.priority >= coalesce(p_min_priority, -2147483648)
        GROUP BY j.job_type
    )
    SELECT t.job_type, t.paused, coalesce(w.jobs, 0), coalesce(l.jobs, 0), coalesce(r.jobs, 0)
    FROM llm.job_type AS t
    LEFT JOIN waiting AS w ON w.job_type = t.job_type
    LEFT JOIN later AS l ON l.job_type = t.job_type
    LEFT JOIN running AS r ON r.job_type = t.job_type
    WHERE p_job_types IS NULL OR p_job_types ? t.job_type
    ORDER BY t.job_type;
$$;
