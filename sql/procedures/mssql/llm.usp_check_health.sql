-- Purpose:     the figures that a monitor bounds, in one call, for everybody who may read.
-- Parameters:  @invariants whether to look for violations too, which reads the whole queue; @now UTC.
-- Returns:     one row a figure. By scope = job type: queue_depth (jobs that wait, later ones included), oldest_age_s (of the
--              jobs that are due), dead_letters, ready_without_runner (due jobs of a type that no live runner takes). By scope
--              = all: total_ready and total_oldest_age_s (due jobs of the types that are not paused), total_dead_letters,
--              running_without_worker (running jobs of runners that were silent for 30 s), expired_leases (running jobs whose
--              lease has been over for 30 s and that nobody took back). invariant_violations, scope = the invariant, only where
--              there are any; budget_percent of a day's or a dag's USD limit, scope = model or dag:<dag_id>;
--              schedule_overdue_s, how late an enabled schedule is, scope = its name. is_paused: nobody may claim of the type.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE llm.usp_check_health @invariants bit = 1, @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @alone bigint, @expired bigint;
    DECLARE @alive datetime2(3) = DATEADD(SECOND, -30, @at);
    DECLARE @running TABLE (job_id bigint NOT NULL PRIMARY KEY);
    CREATE TABLE #list_limits (
        model                nvarchar(200)  COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY,
        is_limited           bit            NOT NULL,
        requests_per_minute  int            NULL,
        tokens_per_minute    bigint         NULL,
        usd_per_day          decimal(14, 6) NULL,
        usd_used             decimal(18, 8) NULL,
        is_spent             bit            NOT NULL,
        input_usd_per_m      decimal(12, 6) NULL,
        output_usd_per_m     decimal(12, 6) NULL,
        cached_usd_per_m     decimal(12, 6) NULL
    );
    CREATE TABLE #waiting (
        job_type      nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY,
        paused        bit           NOT NULL,
        depth         bigint        NOT NULL,
        ready         bigint        NOT NULL,
        dead_letters  bigint        NOT NULL,
        oldest_age_s  bigint        NOT NULL,
        has_runner    bit           NOT NULL
    );
    CREATE TABLE #figure (
        metric     nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        scope      nvarchar(300)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        value      decimal(28, 1) NOT NULL,
        is_paused  bit            NOT NULL
    );
    EXEC llm.usp_list_limits @now = @at, @into_caller = 1;
    INSERT INTO #waiting (job_type, paused, depth, ready, dead_letters, oldest_age_s, has_runner)
    SELECT t.job_type, t.paused, COALESCE(q.depth, 0), COALESCE(q.ready, 0), COALESCE(d.jobs, 0),
        IIF(q.oldest_at <= @at, CONVERT(bigint, ROUND(DATEDIFF_BIG(MILLISECOND, q.oldest_at, @at) / 1000.0, 0)), 0),
        IIF(EXISTS (
            SELECT 1
            FROM llm.worker AS w
            WHERE w.heartbeat_at > @alive AND (NOT EXISTS (SELECT 1 FROM OPENJSON(w.job_types) AS o)
                OR EXISTS (SELECT 1 FROM OPENJSON(w.job_types) AS o WHERE o.[value] COLLATE Latin1_General_100_BIN2 = t.job_type))),
            1, 0)
    FROM llm.job_type AS t
    LEFT JOIN (
        SELECT o.job_type, SUM(o.depth) AS depth, SUM(o.ready) AS ready, MIN(o.oldest_at) AS oldest_at
        FROM (SELECT j.job_type, COUNT_BIG(*) AS depth, COUNT_BIG(*) AS ready, MIN(j.available_at) AS oldest_at
              FROM llm.job AS j
              WHERE j.status = N'NEW'
              GROUP BY j.job_type
              UNION ALL
              SELECT j.job_type, COUNT_BIG(*), SUM(CONVERT(bigint, IIF(j.available_at <= @at, 1, 0))), MIN(j.available_at)
              FROM llm.job AS j
              WHERE j.status = N'SCHEDULED'
              GROUP BY j.job_type) AS o
        GROUP BY o.job_type) AS q ON q.job_type = t.job_type
    LEFT JOIN (
        SELECT j.job_type, COUNT_BIG(*) AS jobs
        FROM llm.job AS j
        WHERE j.status = N'DEADLETTER'
        GROUP BY j.job_type) AS d ON d.job_type = t.job_type;
    -- Found in the index alone, then read by their ids: whoever changes a job locks its row before its index entries.
    INSERT INTO @running (job_id) SELECT j.job_id FROM llm.job AS j WHERE j.status = N'RUNNING';
    SELECT @alone = COALESCE(SUM(CONVERT(bigint, IIF(w.worker_id IS NULL, 1, 0))), 0),
        @expired = COALESCE(SUM(CONVERT(bigint, IIF(j.lease_expires_at < @alive, 1, 0))), 0)
    FROM @running AS r
    JOIN llm.job AS j WITH (INDEX (pk_job), FORCESEEK) ON j.job_id = r.job_id
    LEFT JOIN llm.worker AS w ON w.worker_id = j.locked_by AND w.heartbeat_at > @alive
    WHERE j.status = N'RUNNING';

    INSERT INTO #figure (metric, scope, value, is_paused)
    SELECT m.metric, w.job_type, m.value, w.paused
    FROM #waiting AS w
    CROSS APPLY (VALUES
        (N'queue_depth', w.depth), (N'oldest_age_s', w.oldest_age_s), (N'dead_letters', w.dead_letters),
        (N'ready_without_runner', IIF(w.paused = 0 AND w.has_runner = 0, w.ready, 0))
    ) AS m (metric, value);
    -- Dead letters of a type that is not registered any more count too.
    INSERT INTO #figure (metric, scope, value, is_paused)
    SELECT m.metric, N'all', m.value, 0
    FROM (SELECT COALESCE(SUM(IIF(w.paused = 0, w.ready, 0)), 0) AS ready,
              COALESCE(MAX(IIF(w.paused = 0, w.oldest_age_s, 0)), 0) AS oldest_age_s
          FROM #waiting AS w) AS w
    CROSS APPLY (VALUES
        (N'total_ready', w.ready), (N'total_oldest_age_s', w.oldest_age_s),
        (N'total_dead_letters', (SELECT COUNT_BIG(*) FROM llm.job AS j WHERE j.status = N'DEADLETTER')),
        (N'running_without_worker', @alone), (N'expired_leases', @expired)
    ) AS m (metric, value);
    INSERT INTO #figure (metric, scope, value, is_paused)
    SELECT N'schedule_overdue_s', s.name,
        IIF(s.next_fire_at > @at, 0, ROUND(DATEDIFF_BIG(MILLISECOND, s.next_fire_at, @at) / 1000.0, 0)), 0
    FROM llm.schedule AS s
    WHERE s.enabled = 1;
    IF @invariants = 1
        INSERT INTO #figure (metric, scope, value, is_paused)
        SELECT N'invariant_violations', v.invariant, COUNT_BIG(*), 0
        FROM llm.vw_invariant_violations AS v
        GROUP BY v.invariant;
    INSERT INTO #figure (metric, scope, value, is_paused)
    SELECT N'budget_percent', l.model, CASE
        WHEN COALESCE(l.usd_used, 0) = 0 THEN 0
        WHEN l.usd_per_day = 0 THEN 100
        ELSE ROUND(100 * CONVERT(decimal(28, 8), l.usd_used) / l.usd_per_day, 1) END, 0
    FROM #list_limits AS l
    WHERE l.usd_per_day IS NOT NULL
    UNION ALL
    SELECT N'budget_percent', CONCAT(N'dag:', b.dag_id) COLLATE Latin1_General_100_BIN2, CASE
        WHEN b.usd_used = 0 THEN 0
        WHEN b.usd_limit = 0 THEN 100
        ELSE ROUND(100 * CONVERT(decimal(28, 8), b.usd_used) / b.usd_limit, 1) END, 0
    FROM llm.dag_budget AS b
    JOIN llm.dag AS d ON d.dag_id = b.dag_id AND d.status = N'RUNNING';
    SELECT f.metric, f.scope, f.value, f.is_paused FROM #figure AS f ORDER BY f.metric, f.scope;
END;
