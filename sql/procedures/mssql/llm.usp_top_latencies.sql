-- Purpose:     how long jobs waited and ran lately, and how long models took to answer.
-- Parameters:  @job_types json array of names (null = all); @minutes how far back; @most of the runs that ended last, and of
--              the calls, no more than so many are looked at; @now UTC.
-- Returns:     what queue_wait (from when a job was due to when it was claimed), run (an attempt that succeeded or failed) or call
--              (a request to a model, answers of the cache left out); scope job type or model, null for all together; samples,
--              p50_ms, p95_ms. No row where there are no samples.
-- Errors:      INVALID_PAYLOAD for a negative @most.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE llm.usp_top_latencies
    @job_types nvarchar(max) = NULL, @minutes int = 5, @most int = 2000, @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @looked int;
    DECLARE @since datetime2(3) = DATEADD(MINUTE, -@minutes, @at);
    DECLARE @kind TABLE (job_type nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY);
    CREATE TABLE #sample (
        what   nvarchar(40)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        scope  nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
        ms     bigint        NOT NULL
    );
    EXEC llm.fn_checked_limit @limit = @most, @result = @looked OUTPUT;
    INSERT INTO @kind (job_type)
    SELECT DISTINCT CONVERT(nvarchar(100), t.[value]) COLLATE Latin1_General_100_BIN2
    FROM OPENJSON(@job_types) AS t
    WHERE t.[type] = 1 AND LEN(t.[value]) <= 100;
    -- When a job was due is known of its last run alone, and not once that has put it off.
    INSERT INTO #sample (what, scope, ms)
    SELECT x.what, j.job_type, x.ms
    FROM (SELECT TOP (@looked) r.run_id, r.job_id, r.status, r.started_at, r.finished_at, r.duration_ms
          FROM llm.run AS r
          WHERE r.finished_at > @since AND r.finished_at <= @at
          ORDER BY r.finished_at DESC) AS l
    JOIN llm.job AS j ON j.job_id = l.job_id
    CROSS APPLY (VALUES
        (N'run', l.duration_ms, IIF(l.status IN (N'SUCCEEDED', N'FAILED'), 1, 0)),
        (N'queue_wait', DATEDIFF_BIG(MILLISECOND, j.available_at, l.started_at),
            IIF(j.run_id = l.run_id AND l.started_at >= j.available_at, 1, 0))
    ) AS x (what, ms, counts)
    WHERE x.counts = 1 AND (@job_types IS NULL OR j.job_type IN (SELECT k.job_type FROM @kind AS k))
    OPTION (RECOMPILE);
    INSERT INTO #sample (what, scope, ms)
    SELECT N'queue_wait', j.job_type, DATEDIFF_BIG(MILLISECOND, j.available_at, j.started_at)
    FROM llm.job AS j
    WHERE j.status = N'RUNNING' AND j.started_at > @since AND j.started_at >= j.available_at
      AND (@job_types IS NULL OR j.job_type IN (SELECT k.job_type FROM @kind AS k))
    OPTION (RECOMPILE);
    INSERT INTO #sample (what, scope, ms)
    SELECT N'call', c.model, c.duration_ms
    FROM (SELECT TOP (@looked) k.run_id, k.model, k.cache_hit, k.duration_ms
          FROM llm.call AS k
          WHERE k.started_at > @since AND k.started_at <= @at
          ORDER BY k.started_at DESC) AS c
    WHERE c.cache_hit = 0
      AND (@job_types IS NULL
        OR EXISTS (SELECT 1
                   FROM llm.run AS r
                   JOIN llm.job AS j ON j.job_id = r.job_id
                   WHERE r.run_id = c.run_id AND j.job_type IN (SELECT k.job_type FROM @kind AS k))
        OR EXISTS (SELECT 1
                   FROM llm.job AS j
                   WHERE j.status = N'RUNNING' AND j.run_id = c.run_id AND j.job_type IN (SELECT k.job_type FROM @kind AS k)))
    OPTION (RECOMPILE);

    -- The p-th part of n samples is reached at the one in the place p * n, rounded up.
    SELECT p.what, p.scope, CONVERT(bigint, p.samples) AS samples, MAX(IIF(p.place = CEILING(0.5 * p.samples), p.ms, NULL)) AS p50_ms,
        MAX(IIF(p.place = CEILING(0.95 * p.samples), p.ms, NULL)) AS p95_ms
    FROM (
        SELECT s.what, s.scope, s.ms, ROW_NUMBER() OVER (PARTITION BY s.what, s.scope ORDER BY s.ms) AS place,
            COUNT(*) OVER (PARTITION BY s.what, s.scope) AS samples
        FROM (SELECT a.what, a.scope, a.ms FROM #sample AS a
              UNION ALL
              SELECT b.what, NULL, b.ms FROM #sample AS b) AS s
    ) AS p
    GROUP BY p.what, p.scope, p.samples
    ORDER BY CASE p.what WHEN N'queue_wait' THEN 1 WHEN N'run' THEN 2 ELSE 3 END, IIF(p.scope IS NULL, 0, 1), p.scope;
END;
