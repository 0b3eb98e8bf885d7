-- Purpose:     raise the priority of waiting jobs that are older than their type's sla_seconds, by 100, once an SLA period.
-- Parameters:  p_limit most jobs; p_now UTC.
-- Returns:     escalated.
-- Errors:      INVALID_PAYLOAD for a negative limit.
-- Idempotency: within an SLA period a job is raised once.
CREATE OR REPLACE FUNCTION llm.usp_escalate_overdue_jobs(p_limit integer DEFAULT 1000, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (escalated bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH overdue AS (
        SELECT j.job_id FROM llm.job AS j
        JOIN llm.job_type AS t ON t.job_type = j.job_type AND t.sla_seconds IS NOT NULL
        WHERE j.status = 'NEW'
          AND greatest(j.created_at, coalesce(j.last_escalated_at, j.created_at)) + t.sla_seconds * interval '1 second'
              <= coalesce(p_now, clock_timestamp())
        ORDER BY j.job_id
        LIMIT llm.fn_checked_limit(p_limit)
        FOR NO KEY UPDATE OF j SKIP LOCKED
    ), raised AS (
        UPDATE llm.job AS j
        SET priority = least(2147483647, j.priority::bigint + 100)::integer,
            last_escalated_at = coalesce(p_now, clock_timestamp())
        WHERE j.job_id = ANY (ARRAY (SELECT o.job_id FROM overdue AS o)) AND j.status = 'NEW'
        RETURNING 1
    )
    SELECT count(*) FROM raised;
$$;
