-- Purpose:     the runners that are alive, those that went silent lately, and whoever holds running jobs.
-- Parameters:  p_minutes how long a silent runner that holds nothing is still shown; p_now UTC.
-- Returns:     worker_id, host, pid, version, job_types (json array, empty = all), concurrency (jobs at a time), running (as it
--              said itself), holds (jobs it has claimed), expired (of these, jobs whose lease is over), started_at,
--              heartbeat_at, heartbeat_age_s, state: alive (heard of within 30 s), silent (not, and it holds jobs), gone.
--              host and what follows are null for who holds jobs without ever having said that it lives.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION llm.usp_top_workers(p_minutes integer DEFAULT 5, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (
    worker_id uuid, host text, pid integer, version text, job_types jsonb, concurrency integer, running integer,
    holds bigint, expired bigint, started_at timestamptz, heartbeat_at timestamptz, heartbeat_age_s bigint, state text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
    WITH clock AS (
        SELECT coalesce(p_now, clock_timestamp()) AS now
    ), held AS (
        SELECT j.locked_by AS worker_id, count(*) AS holds, count(*) FILTER (WHERE j.lease_expires_at < c.now) AS expired
        FROM llm.job AS j
        CROSS JOIN clock AS c
        WHERE j.status = 'RUNNING'
        GROUP BY j.locked_by
    )
    SELECT coalesce(w.worker_id, h.worker_id), w.host, w.pid, w.version, w.job_types, w.concurrency, w.running,
        coalesce(h.holds, 0), coalesce(h.expired, 0), w.started_at, w.heartbeat_at,
        CASE WHEN w.heartbeat_at IS NOT NULL THEN greatest(0, round(extract(epoch FROM c.now - w.heartbeat_at)))::bigint END,
        CASE WHEN w.heartbeat_at > c.now - interval '30 seconds' THEN 'alive' WHEN h.holds > 0 THEN 'silent' ELSE 'gone' END
    FROM llm.worker AS w
    FULL JOIN held AS h ON h.worker_id = w.worker_id
    CROSS JOIN clock AS c
    WHERE h.holds > 0 OR w.heartbeat_at > c.now - p_minutes * interval '1 minute'
    ORDER BY CASE WHEN w.heartbeat_at > c.now - interval '30 seconds' THEN 1 WHEN h.holds > 0 THEN 2 ELSE 3 END, w.host, w.pid,
        coalesce(w.worker_id, h.worker_id);
$$;
