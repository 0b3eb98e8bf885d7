-- Purpose:     the queue by job type: what waits, why, and since when; what runs, what is dead.
-- Parameters:  @job_types json array of names (null = all); @most counts go no further than this, so that a look at a
--              queue of millions costs what a look at a short one does (null = count everything); @now UTC.
-- Returns:     one row a job type: ready (due), waits_later (not due yet), waits_retry (after a failure), waits_budget (for
--              money), waits_limit (for a limit a minute), running, dead_letters; held_by why ready jobs are not claimed now:
--              paused, cap (max_running), budget (its model's USD are spent), no runner (none that is alive takes the type),
--              null if nothing holds them; oldest_age_s of the ready ones; max_running; ready_is_least, waiting_is_least,
--              dead_is_least: counting ended at @most.
-- Errors:      INVALID_PAYLOAD for a negative @most.
-- Idempotency: reads only, from the filtered indexes of open and dead jobs.
CREATE OR ALTER PROCEDURE llm.usp_top_queue
    @job_types nvarchar(max) = NULL, @most int = 20000, @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @counted int, @looks int = 1, @found int, @scheduled bigint,
        @dead bigint;
    DECLARE @kind TABLE (
        job_type      nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY,
        paused        bit           NOT NULL,
        max_running   int           NULL,
        model         nvarchar(200) COLLATE Latin1_General_100_BIN2 NULL,
        fresh         bigint        NOT NULL,
        has_runner    bit           NOT NULL
    );
    DECLARE @waiting TABLE (
        job_type   nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY,
        jobs       bigint        NOT NULL,
        due        bigint        NOT NULL,
        budget     bigint        NOT NULL,
        minute     bigint        NOT NULL,
        retry      bigint        NOT NULL,
        later      bigint        NOT NULL,
        oldest_at  datetime2(3)  NOT NULL
    );
    DECLARE @died TABLE (
        job_type  nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY,
        jobs      bigint        NOT NULL
    );
    DECLARE @step TABLE (
        looks         int           NOT NULL,
        job_type      nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
        priority      int           NOT NULL,
        available_at  datetime2(3)  NOT NULL,
        PRIMARY KEY (looks, job_type)
    );
    EXEC llm.fn_checked_limit @limit = @most, @result = @counted OUTPUT;
    INSERT INTO @kind (job_type, paused, max_running, model, fresh, has_runner)
    SELECT t.job_type, t.paused, t.max_running, t.model, c.jobs, IIF(EXISTS (
        SELECT 1
        FROM llm.worker AS w
        WHERE w.heartbeat_at > DATEADD(SECOND, -30, @at) AND (NOT EXISTS (SELECT 1 FROM OPENJSON(w.job_types) AS o)
            OR EXISTS (SELECT 1 FROM OPENJSON(w.job_types) AS o WHERE o.[value] COLLATE Latin1_General_100_BIN2 = t.job_type))), 1, 0)
    FROM llm.job_type AS t
    CROSS APPLY (
        SELECT COUNT_BIG(*) AS jobs
        FROM (SELECT TOP (@counted) j.job_id FROM llm.job AS j WHERE j.status = N'NEW' AND j.job_type = t.job_type) AS n) AS c
    WHERE @job_types IS NULL
       OR EXISTS (SELECT 1 FROM OPENJSON(@job_types) AS k WHERE k.[value] COLLATE Latin1_General_100_BIN2 = t.job_type);
    INSERT INTO @waiting (job_type, jobs, due, budget, minute, retry, later, oldest_at)
    SELECT s.job_type, COUNT_BIG(*), SUM(IIF(s.available_at <= @at, 1, 0)),
        SUM(IIF(s.available_at > @at AND s.last_error_code = N'BUDGET_EXHAUSTED', 1, 0)),
        SUM(IIF(s.available_at > @at AND s.last_error_code = N'LIMIT_REACHED', 1, 0)),
        SUM(IIF(s.available_at > @at AND s.last_error_code NOT IN (N'BUDGET_EXHAUSTED', N'LIMIT_REACHED'), 1, 0)),
        SUM(IIF(s.available_at > @at AND s.last_error_code IS NULL, 1, 0)), MIN(s.available_at)
    FROM (SELECT TOP (@counted) j.job_type, j.available_at, j.last_error_code
          FROM llm.job AS j
          WHERE j.status = N'SCHEDULED'
          ORDER BY j.available_at) AS s
    GROUP BY s.job_type;
    SELECT @scheduled = COALESCE(SUM(s.jobs), 0) FROM @waiting AS s;
    INSERT INTO @died (job_type, jobs)
    SELECT d.job_type, COUNT_BIG(*)
    FROM (SELECT TOP (@counted) j.job_type FROM llm.job AS j WHERE j.status = N'DEADLETTER' ORDER BY j.finished_at DESC) AS d
    GROUP BY d.job_type;
    SELECT @dead = SUM(d.jobs) FROM @died AS d;

    -- The oldest of each priority is the first of it in the index: one look a priority, of which there are few.
    INSERT INTO @step (looks, job_type, priority, available_at)
    SELECT 1, k.job_type, f.priority, f.available_at
    FROM @kind AS k
    CROSS APPLY (
        SELECT TOP (1) j.priority, j.available_at
        FROM llm.job AS j
        WHERE j.status = N'NEW' AND j.job_type = k.job_type
        ORDER BY j.priority DESC, j.available_at, j.job_id) AS f;
    SET @found = @@ROWCOUNT;
    WHILE @found > 0 AND @looks < 1000
    BEGIN
        INSERT INTO @step (looks, job_type, priority, available_at)
        SELECT @looks + 1, s.job_type, f.priority, f.available_at
        FROM @step AS s
        CROSS APPLY (
            SELECT TOP (1) j.priority, j.available_at
            FROM llm.job AS j
            WHERE j.status = N'NEW' AND j.job_type = s.job_type AND j.priority < s.priority
            ORDER BY j.priority DESC, j.available_at, j.job_id) AS f
        WHERE s.looks = @looks;
        SET @found = @@ROWCOUNT;
        SET @looks = @looks + 1;
    END;

    SELECT k.job_type, r.ready, COALESCE(w.later, 0) AS waits_later, COALESCE(w.retry, 0) AS waits_retry,
        COALESCE(w.budget, 0) AS waits_budget, COALESCE(w.minute, 0) AS waits_limit, r.running, COALESCE(d.jobs, 0) AS dead_letters,
        CASE
            WHEN r.ready = 0 THEN NULL
            WHEN k.paused = 1 THEN N'paused'
            WHEN r.running >= k.max_running THEN N'cap'
            WHEN l.refused_day = CONVERT(date, @at) AND l.usd_per_day <= l.refused_limit THEN N'budget'
            WHEN k.has_runner = 0 THEN N'no runner' END AS held_by,
        IIF(r.ready > 0, CONVERT(bigint, ROUND(DATEDIFF_BIG(MILLISECOND, a.oldest_at, @at) / 1000.0, 0)), NULL) AS oldest_age_s,
        k.max_running, CONVERT(bit, IIF(k.fresh >= @counted, 1, 0)) AS ready_is_least,
        CONVERT(bit, IIF(@scheduled >= @counted, 1, 0)) AS waiting_is_least, CONVERT(bit, IIF(@dead >= @counted, 1, 0)) AS dead_is_least
    FROM @kind AS k
    LEFT JOIN @waiting AS w ON w.job_type = k.job_type
    LEFT JOIN @died AS d ON d.job_type = k.job_type
    LEFT JOIN llm.rate_limit AS l ON l.model = k.model
    CROSS APPLY (
        SELECT k.fresh + COALESCE(w.due, 0) AS ready,
            (SELECT COUNT_BIG(*) FROM llm.job AS j WHERE j.status = N'RUNNING' AND j.job_type = k.job_type) AS running) AS r
    CROSS APPLY (
        SELECT MIN(x.oldest_at) AS oldest_at
        FROM (SELECT @at AS oldest_at
              UNION ALL
              SELECT s.available_at FROM @step AS s WHERE s.job_type = k.job_type
              UNION ALL
              SELECT IIF(w.oldest_at <= @at, w.oldest_at, NULL)) AS x) AS a
    ORDER BY k.job_type;
END;
