-- Purpose:     how many attempts ended, by how, in the last one, five and fifteen minutes.
-- Parameters:  @job_types json array of names (null = all; jobs that were archived since count only then); @now UTC.
-- Returns:     one row each of SUCCEEDED, FAILED (tried again or dead), RELEASED, ABANDONED, CANCELLED (attempts, llm.run), and
--              DEADLETTER (jobs that died): last_1, last_5, last_15, all of them a minute.
-- Errors:      none.
-- Idempotency: reads only: the runs of fifteen minutes, by ix_run_finished.
CREATE OR ALTER PROCEDURE llm.usp_top_rates @job_types nvarchar(max) = NULL, @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME());
    DECLARE @kind TABLE (job_type nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY);
    INSERT INTO @kind (job_type)
    SELECT DISTINCT CONVERT(nvarchar(100), t.[value]) COLLATE Latin1_General_100_BIN2
    FROM OPENJSON(@job_types) AS t
    WHERE t.[type] = 1 AND LEN(t.[value]) <= 100;
    WITH ended AS (
        SELECT r.status, r.finished_at
        FROM llm.run AS r
        WHERE r.finished_at > DATEADD(MINUTE, -15, @at) AND r.finished_at <= @at
          AND (@job_types IS NULL OR EXISTS (
              SELECT 1 FROM llm.job AS j WHERE j.job_id = r.job_id AND j.job_type IN (SELECT k.job_type FROM @kind AS k)))
        UNION ALL
        SELECT j.status, j.finished_at
        FROM llm.job AS j
        WHERE j.status = N'DEADLETTER' AND j.finished_at > DATEADD(MINUTE, -15, @at) AND j.finished_at <= @at
          AND (@job_types IS NULL OR j.job_type IN (SELECT k.job_type FROM @kind AS k))
    ), counted AS (
        SELECT e.status, SUM(IIF(e.finished_at > DATEADD(MINUTE, -1, @at), 1, 0)) AS of_1,
            SUM(IIF(e.finished_at > DATEADD(MINUTE, -5, @at), 1, 0)) AS of_5, COUNT(*) AS of_15
        FROM ended AS e
        GROUP BY e.status
    )
    SELECT s.status, CONVERT(decimal(18, 1), COALESCE(c.of_1, 0)) AS last_1,
        CONVERT(decimal(18, 1), ROUND(COALESCE(c.of_5, 0) / 5.0, 1)) AS last_5,
        CONVERT(decimal(18, 1), ROUND(COALESCE(c.of_15, 0) / 15.0, 1)) AS last_15
    FROM (VALUES (1, N'SUCCEEDED'), (2, N'FAILED'), (3, N'DEADLETTER'), (4, N'RELEASED'), (5, N'ABANDONED'), (6, N'CANCELLED'))
        AS s (ordinal, status)
    LEFT JOIN counted AS c ON c.status = s.status COLLATE Latin1_General_100_BIN2
    ORDER BY s.ordinal
    OPTION (RECOMPILE);
END;
