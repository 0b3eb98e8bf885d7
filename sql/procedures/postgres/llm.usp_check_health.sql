-- Purpose:     the figures that a monitor bounds, in one statement, for everybody who may read.
-- Parameters:  p_invariants whether to look for violations too, which reads the whole queue; p_now UTC.
-- Returns:     one row a figure: metric queue_depth (jobs that wait, later ones included), oldest_age_s (of the jobs that are
--              due), dead_letters, each with scope = job type; invariant_violations, scope = the invariant, only where there
--              are any; budget_percent of a day's or a dag's USD limit, scope = model or dag:<dag_id>. is_paused: nobody may
--              claim of the type.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION llm.usp_check_health(p_invariants boolean DEFAULT true, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (metric text, scope text, value numeric, is_paused boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH clock AS (
        SELECT coalesce(p_now, clock_timestamp()) AS now
    ), open AS (
        SELECT j.job_type, count(*) AS depth, min(j.available_at) AS oldest_at
        FROM llm.job AS j
        WHERE j.status = 'NEW'
        GROUP BY j.job_type
        UNION ALL
        SELECT j.job_type, count(*), min(j.available_at)
        FROM llm.job AS j
        WHERE j.status = 'SCHEDULED'
        GROUP BY j.job_type
    ), waiting AS (
        SELECT o.job_type, sum(o.depth) AS depth, min(o.oldest_at) AS oldest_at
        FROM open AS o
        GROUP BY o.job_type
    ), dead AS (
        SELECT j.job_type, count(*) AS dead_letters
        FROM llm.job AS j
        WHERE j.status = 'DEADLETTER'
        GROUP BY j.job_type
    )
    SELECT 'queue_depth'::text, t.job_type::text, coalesce(w.depth, 0)::numeric, t.paused
    FROM llm.job_type AS t
    LEFT JOIN waiting AS w ON w.job_type = t.job_type
    UNION ALL
    SELECT 'oldest_age_s', t.job_type,
        coalesce(round(CASE WHEN w.oldest_at <= c.now THEN extract(epoch FROM c.now - w.oldest_at) END), 0), t.paused
    FROM llm.job_type AS t
    CROSS JOIN clock AS c
    LEFT JOIN waiting AS w ON w.job_type = t.job_type
    UNION ALL
    SELECT 'dead_letters', t.job_type, coalesce(d.dead_letters, 0), t.paused
    FROM llm.job_type AS t
    LEFT JOIN dead AS d ON d.job_type = t.job_type
    UNION ALL
    SELECT 'invariant_violations', v.invariant, count(*), false
    FROM llm.vw_invariant_violations AS v
    WHERE p_invariants
    GROUP BY v.invariant
    UNION ALL
    SELECT 'budget_percent', l.model,
        CASE WHEN l.usd_used = 0 THEN 0 WHEN l.usd_per_day = 0 THEN 100 ELSE round(100 * l.usd_used / l.usd_per_day, 1) END, false
    FROM llm.usp_list_limits(p_now) AS l
    WHERE l.usd_per_day IS NOT NULL
    UNION ALL
    SELECT 'budget_percent', 'dag:' || b.dag_id,
        CASE WHEN b.usd_used = 0 THEN 0 WHEN b.usd_limit = 0 THEN 100 ELSE round(100 * b.usd_used / b.usd_limit, 1) END, false
    FROM llm.dag_budget AS b
    JOIN llm.dag AS d ON d.dag_id = b.dag_id AND d.status = 'RUNNING'
    ORDER BY 1, 2;
$$;
