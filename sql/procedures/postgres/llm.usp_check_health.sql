-- Purpose:     the figures that a monitor bounds, in one statement, for everybody who may read.
-- Parameters:  p_invariants whether to look for violations too, which reads the whole queue; p_now UTC.
-- Returns:     one row a figure. By scope = job type: queue_depth (jobs that wait, later ones included), oldest_age_s (of the
--              jobs that are due), dead_letters, ready_without_runner (due jobs of a type that no live runner takes). By scope
--              = all: total_ready and total_oldest_age_s (due jobs of the types that are not paused), total_dead_letters,
--              running_without_worker (running jobs of runners that were silent for 30 s), expired_leases (running jobs whose
--              lease has been over for 30 s and that nobody took back). invariant_violations, scope = the invariant, only where
--              there are any; budget_percent of a day's or a dag's USD limit, scope = model or dag:<dag_id>;
--              schedule_overdue_s, how late an enabled schedule is, scope = its name. is_paused: nobody may claim of the type.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION llm.usp_check_health(p_invariants boolean DEFAULT true, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (metric text, scope text, value numeric, is_paused boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH clock AS (
        SELECT coalesce(p_now, clock_timestamp()) AS now
    ), open AS (
        SELECT j.job_type, count(*) AS depth, count(*) AS ready, min(j.available_at) AS oldest_at
        FROM llm.job AS j
        WHERE j.status = 'NEW'
        GROUP BY j.job_type
        UNION ALL
        SELECT j.job_type, count(*), count(*) FILTER (WHERE j.available_at <= c.now), min(j.available_at)
        FROM llm.job AS j
        CROSS JOIN clock AS c
        WHERE j.status = 'SCHEDULED'
        GROUP BY j.job_type
    ), queued AS (
        SELECT o.job_type, sum(o.depth) AS depth, sum(o.ready) AS ready, min(o.oldest_at) AS oldest_at
        FROM open AS o
        GROUP BY o.job_type
    ), waiting AS (
        SELECT t.job_type, t.paused, coalesce(q.depth, 0) AS depth, coalesce(q.ready, 0) AS ready,
            coalesce(round(CASE WHEN q.oldest_at <= c.now THEN extract(epoch FROM c.now - q.oldest_at) END), 0) AS oldest_age_s
        FROM llm.job_type AS t
        CROSS JOIN clock AS c
        LEFT JOIN queued AS q ON q.job_type = t.job_type
    ), alive AS (
        SELECT w.worker_id, w.job_types
        FROM llm.worker AS w
        CROSS JOIN clock AS c
        WHERE w.heartbeat_at > c.now - interval '30 seconds'
    ), running AS (
        SELECT count(*) FILTER (WHERE NOT EXISTS (SELECT 1 FROM alive AS a WHERE a.worker_id = j.locked_by)) AS alone,
            count(*) FILTER (WHERE j.lease_expires_at < c.now - interval '30 seconds') AS expired
        FROM llm.job AS j
        CROSS JOIN clock AS c
        WHERE j.status = 'RUNNING'
    ), dead AS (
        SELECT j.job_type, count(*) AS dead_letters
        FROM llm.job AS j
        WHERE j.status = 'DEADLETTER'
        GROUP BY j.job_type
    )
    SELECT 'queue_depth'::text, w.job_type::text, w.depth::numeric, w.paused
    FROM waiting AS w
    UNION ALL
    SELECT 'oldest_age_s', w.job_type, w.oldest_age_s, w.paused
    FROM waiting AS w
    UNION ALL
    SELECT 'ready_without_runner', w.job_type,
        CASE WHEN NOT w.paused AND NOT EXISTS (
            SELECT 1 FROM alive AS a WHERE a.job_types = '[]' OR a.job_types ? w.job_type) THEN w.ready ELSE 0 END, w.paused
    FROM waiting AS w
    UNION ALL
    SELECT m.metric, 'all', m.value, false
    FROM (SELECT coalesce(sum(w.ready) FILTER (WHERE NOT w.paused), 0) AS ready,
              coalesce(max(w.oldest_age_s) FILTER (WHERE NOT w.paused), 0) AS oldest_age_s FROM waiting AS w) AS w
    CROSS JOIN running AS r
    CROSS JOIN LATERAL (VALUES
        ('total_ready', w.ready), ('total_oldest_age_s', w.oldest_age_s),
        ('total_dead_letters', (SELECT coalesce(sum(d.dead_letters), 0) FROM dead AS d)),
        ('running_without_worker', r.alone), ('expired_leases', r.expired)
    ) AS m (metric, value)
    UNION ALL
    SELECT 'schedule_overdue_s', s.name, greatest(0, round(extract(epoch FROM c.now - s.next_fire_at))), false
    FROM llm.schedule AS s
    CROSS JOIN clock AS c
    WHERE s.enabled
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
