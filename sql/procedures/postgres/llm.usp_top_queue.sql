-- Purpose:     the queue by job type: what waits, why, and since when; what runs, what is dead.
-- Parameters:  p_job_types json array of names (null = all); p_most counts go no further than this, so that a look at a
--              queue of millions costs what a look at a short one does (null = count everything); p_now UTC.
-- Returns:     one row a job type: ready (due), waits_later (not due yet), waits_retry (after a failure), waits_budget (for
--              money), waits_limit (for a limit a minute), running, dead_letters; held_by why ready jobs are not claimed now:
--              paused, cap (max_running), budget (its model's USD are spent), no runner (none that is alive takes the type),
--              null if nothing holds them; oldest_age_s of the ready ones; max_running; ready_is_least, waiting_is_least,
--              dead_is_least: counting ended at p_most.
-- Errors:      INVALID_PAYLOAD for a negative p_most.
-- Idempotency: reads only, from the partial indexes of open and dead jobs.
CREATE OR REPLACE FUNCTION llm.usp_top_queue(
    p_job_types jsonb DEFAULT NULL, p_most integer DEFAULT 20000, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (
    job_type text, ready bigint, waits_later bigint, waits_retry bigint, waits_budget bigint, waits_limit bigint,
    running bigint, dead_letters bigint, held_by text, oldest_age_s bigint, max_running integer, ready_is_least boolean,
    waiting_is_least boolean, dead_is_least boolean)
-- Index access only: the queue grows and shrinks faster than its statistics are gathered.
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    v_now  timestamptz := coalesce(p_now, clock_timestamp());
    v_most bigint := llm.fn_checked_limit(p_most);
BEGIN
    RETURN QUERY
    WITH RECURSIVE kind AS MATERIALIZED (
        SELECT t.job_type, t.paused, t.max_running, t.model
        FROM llm.job_type AS t
        WHERE p_job_types IS NULL OR p_job_types ? t.job_type
    ), fresh AS (
        SELECT k.job_type, c.jobs
        FROM kind AS k
        CROSS JOIN LATERAL (
            SELECT count(*) AS jobs
            FROM (SELECT 1 FROM llm.job AS j WHERE j.status = 'NEW' AND j.job_type = k.job_type LIMIT v_most) AS n
        ) AS c
    ), scheduled AS MATERIALIZED (
        SELECT j.job_type, j.available_at, j.attempt_count, j.last_error_code
        FROM llm.job AS j
        WHERE j.status = 'SCHEDULED'
        ORDER BY j.available_at
        LIMIT v_most
    ), waiting AS (
        SELECT s.job_type, count(*) FILTER (WHERE s.available_at <= v_now) AS due,
            count(*) FILTER (WHERE s.available_at > v_now AND s.last_error_code = 'BUDGET_EXHAUSTED') AS budget,
            count(*) FILTER (WHERE s.available_at > v_now AND s.last_error_code = 'LIMIT_REACHED') AS minute,
            count(*) FILTER (WHERE s.available_at > v_now AND s.last_error_code IS NOT NULL
                             AND s.last_error_code NOT IN ('BUDGET_EXHAUSTED', 'LIMIT_REACHED')) AS retry,
            count(*) FILTER (WHERE s.available_at > v_now AND s.last_error_code IS NULL) AS later,
            min(s.available_at) AS oldest_at
        FROM scheduled AS s
        GROUP BY s.job_type
    ), dead AS (
        SELECT d.job_type, count(*) AS jobs
        FROM (SELECT j.job_type FROM llm.job AS j WHERE j.status = 'DEADLETTER' ORDER BY j.finished_at DESC LIMIT v_most) AS d
        GROUP BY d.job_type
    ), busy AS (
        SELECT j.job_type, count(*) AS jobs FROM llm.job AS j WHERE j.status = 'RUNNING' GROUP BY j.job_type
    ), step AS (
        -- The oldest of each priority is the first of it in the index: one look a priority, of which there are few.
        SELECT k.job_type, f.priority, f.available_at, 1 AS looks
        FROM kind AS k
        CROSS JOIN LATERAL (
            SELECT j.priority, j.available_at FROM llm.job AS j
            WHERE j.status = 'NEW' AND j.job_type = k.job_type
            ORDER BY j.priority DESC, j.available_at, j.job_id
            LIMIT 1
        ) AS f
        UNION ALL
        SELECT s.job_type, f.priority, f.available_at, s.looks + 1
        FROM step AS s
        CROSS JOIN LATERAL (
            SELECT j.priority, j.available_at FROM llm.job AS j
            WHERE j.status = 'NEW' AND j.job_type = s.job_type AND j.priority < s.priority
            ORDER BY j.priority DESC, j.available_at, j.job_id
            LIMIT 1
        ) AS f
        WHERE s.looks < 1000
    ), oldest AS (
        SELECT s.job_type, min(s.available_at) AS oldest_at FROM step AS s GROUP BY s.job_type
    )
    SELECT k.job_type, coalesce(f.jobs, 0) + coalesce(w.due, 0), coalesce(w.later, 0),
        coalesce(w.retry, 0), coalesce(w.budget, 0), coalesce(w.minute, 0), coalesce(b.jobs, 0), coalesce(d.jobs, 0),
        CASE
            WHEN coalesce(f.jobs, 0) + coalesce(w.due, 0) = 0 THEN NULL
            WHEN k.paused THEN 'paused'
            WHEN coalesce(b.jobs, 0) >= k.max_running THEN 'cap'
            WHEN l.refused_day = (v_now AT TIME ZONE 'UTC')::date AND l.usd_per_day <= l.refused_limit THEN 'budget'
            WHEN NOT EXISTS (
                SELECT 1 FROM llm.worker AS r
                WHERE r.heartbeat_at > v_now - interval '30 seconds'
                  AND (r.job_types = '[]' OR r.job_types ? k.job_type)) THEN 'no runner'
        END,
        CASE WHEN coalesce(f.jobs, 0) + coalesce(w.due, 0) > 0 THEN
            round(extract(epoch FROM v_now
                - least(v_now, o.oldest_at, CASE WHEN w.oldest_at <= v_now THEN w.oldest_at END)))::bigint END,
        k.max_running, coalesce(f.jobs >= v_most, false), coalesce((SELECT count(*) FROM scheduled) >= v_most, false),
        coalesce((SELECT sum(a.jobs) FROM dead AS a) >= v_most, false)
    FROM kind AS k
    LEFT JOIN fresh AS f ON f.job_type = k.job_type
    LEFT JOIN waiting AS w ON w.job_type = k.job_type
    LEFT JOIN busy AS b ON b.job_type = k.job_type
    LEFT JOIN dead AS d ON d.job_type = k.job_type
    LEFT JOIN oldest AS o ON o.job_type = k.job_type
    LEFT JOIN llm.rate_limit AS l ON l.model = k.model
    ORDER BY k.job_type;
END
$$;
