-- Purpose:     how many attempts ended, by how, in the last one, five and fifteen minutes.
-- Parameters:  p_job_types json array of names (null = all; jobs that were archived since count only then); p_now UTC.
-- Returns:     one row each of SUCCEEDED, FAILED (tried again or dead), RELEASED, ABANDONED, CANCELLED (attempts, llm.run), and
--              DEADLETTER (jobs that died): last_1, last_5, last_15, all of them a minute.
-- Errors:      none.
-- Idempotency: reads only: the runs of fifteen minutes, by ix_run_finished.
CREATE OR REPLACE FUNCTION llm.usp_top_rates(p_job_types jsonb DEFAULT NULL, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (status text, last_1 numeric, last_5 numeric, last_15 numeric)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now timestamptz := coalesce(p_now, clock_timestamp());
BEGIN
    RETURN QUERY
    WITH ended AS (
        SELECT r.status, r.finished_at
        FROM llm.run AS r
        WHERE r.finished_at > v_now - interval '15 minutes' AND r.finished_at <= v_now
          AND (p_job_types IS NULL
               OR EXISTS (SELECT 1 FROM llm.job AS j WHERE j.job_id = r.job_id AND p_job_types ? j.job_type))
        UNION ALL
        SELECT j.status, j.finished_at
        FROM llm.job AS j
        WHERE j.status = 'DEADLETTER' AND j.finished_at > v_now - interval '15 minutes' AND j.finished_at <= v_now
          AND (p_job_types IS NULL OR p_job_types ? j.job_type)
    ), counted AS (
        SELECT e.status, count(*) FILTER (WHERE e.finished_at > v_now - interval '1 minute') AS of_1,
            count(*) FILTER (WHERE e.finished_at > v_now - interval '5 minutes') AS of_5, count(*) AS of_15
        FROM ended AS e
        GROUP BY e.status
    )
    SELECT s.status, coalesce(c.of_1, 0)::numeric, round(coalesce(c.of_5, 0) / 5.0, 1), round(coalesce(c.of_15, 0) / 15.0, 1)
    FROM (VALUES (1, 'SUCCEEDED'), (2, 'FAILED'), (3, 'DEADLETTER'), (4, 'RELEASED'), (5, 'ABANDONED'), (6, 'CANCELLED'))
        AS s (ordinal, status)
    LEFT JOIN counted AS c ON c.status = s.status
    ORDER BY s.ordinal;
END
$$;
