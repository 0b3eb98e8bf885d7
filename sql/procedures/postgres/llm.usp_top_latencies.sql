-- Purpose:     how long jobs waited and ran lately, and how long models took to answer.
-- Parameters:  p_job_types json array of names (null = all); p_minutes how far back; p_most of the runs that began last, and of
--              the calls, no more than so many are looked at; p_now UTC.
-- Returns:     what queue_wait (from when a job was due to when it was claimed), run (an attempt that succeeded or failed) or call
--              (a request to a model, answers of the cache left out); scope job type or model, null for all together; samples,
--              p50_ms, p95_ms. No row where there are no samples.
-- Errors:      INVALID_PAYLOAD for a negative p_most.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION llm.usp_top_latencies(
    p_job_types jsonb DEFAULT NULL, p_minutes integer DEFAULT 5, p_most integer DEFAULT 2000, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (what text, scope text, samples bigint, p50_ms bigint, p95_ms bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now   timestamptz := coalesce(p_now, clock_timestamp());
    v_since timestamptz := v_now - p_minutes * interval '1 minute';
    v_most  integer := llm.fn_checked_limit(p_most);
BEGIN
    RETURN QUERY
    -- A run_id begins with the time at which it was issued: the newest are at the end of the primary key.
    WITH latest AS MATERIALIZED (
        SELECT r.run_id, r.job_id, r.status, r.started_at, r.finished_at, r.duration_ms
        FROM llm.run AS r
        ORDER BY r.run_id DESC
        LIMIT v_most
    ), ended AS (
        SELECT l.*, j.job_type, j.available_at, j.run_id AS last_run_id
        FROM latest AS l
        JOIN llm.job AS j ON j.job_id = l.job_id
        WHERE l.finished_at > v_since AND l.finished_at <= v_now AND (p_job_types IS NULL OR p_job_types ? j.job_type)
    ), sample AS (
        SELECT 'run' AS what, e.job_type AS scope, e.duration_ms AS ms FROM ended AS e WHERE e.status IN ('SUCCEEDED', 'FAILED')
        UNION ALL
        -- When a job was due is known of its last run alone, and not once that has put it off.
        SELECT 'queue_wait', e.job_type, (extract(epoch FROM e.started_at - e.available_at) * 1000)::bigint
        FROM ended AS e
        WHERE e.last_run_id = e.run_id AND e.started_at >= e.available_at
        UNION ALL
        SELECT 'queue_wait', j.job_type, (extract(epoch FROM j.started_at - j.available_at) * 1000)::bigint
        FROM llm.job AS j
        WHERE j.status = 'RUNNING' AND j.started_at > v_since AND j.started_at >= j.available_at
          AND (p_job_types IS NULL OR p_job_types ? j.job_type)
        UNION ALL
        SELECT 'call', c.model, c.duration_ms
        FROM (SELECT k.run_id, k.model, k.cache_hit, k.duration_ms FROM llm.call AS k
              WHERE k.started_at > v_since AND k.started_at <= v_now
              ORDER BY k.started_at DESC
              LIMIT v_most) AS c
        WHERE NOT c.cache_hit
          AND (p_job_types IS NULL
               OR EXISTS (SELECT 1 FROM llm.run AS r JOIN llm.job AS j ON j.job_id = r.job_id
                          WHERE r.run_id = c.run_id AND p_job_types ? j.job_type)
               OR EXISTS (SELECT 1 FROM llm.job AS j
                          WHERE j.status = 'RUNNING' AND j.run_id = c.run_id AND p_job_types ? j.job_type))
    )
    SELECT s.what, s.scope, count(*), percentile_disc(0.5) WITHIN GROUP (ORDER BY s.ms),
        percentile_disc(0.95) WITHIN GROUP (ORDER BY s.ms)
    FROM sample AS s
    GROUP BY GROUPING SETS ((s.what, s.scope), (s.what))
    ORDER BY CASE s.what WHEN 'queue_wait' THEN 1 WHEN 'run' THEN 2 ELSE 3 END, s.scope NULLS FIRST;
END
$$;
