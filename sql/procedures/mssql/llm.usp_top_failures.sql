-- Purpose:     what failed last: attempts of the last minutes, and before them the newest dead letters.
-- Parameters:  @job_types json array of names (null = all); @minutes how far back attempts are looked for; @limit most rows;
--              @now UTC.
-- Returns:     failed_at, status (FAILED or ABANDONED of an attempt, DEADLETTER of an older dead letter), job_id, run_id, job_type,
--              subject, attempt, error_code, error, job_status as it is now; the newest first.
-- Errors:      INVALID_PAYLOAD for a negative limit.
-- Idempotency: reads only: the runs of these minutes by ix_run_finished, dead letters by ix_job_dead.
CREATE OR ALTER PROCEDURE llm.usp_top_failures
    @job_types nvarchar(max) = NULL, @minutes int = 15, @limit int = 20, @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @most int;
    DECLARE @since datetime2(3) = DATEADD(MINUTE, -@minutes, @at);
    DECLARE @kind TABLE (job_type nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY);
    EXEC llm.fn_checked_limit @limit = @limit, @result = @most OUTPUT;
    INSERT INTO @kind (job_type)
    SELECT DISTINCT CONVERT(nvarchar(100), t.[value]) COLLATE Latin1_General_100_BIN2
    FROM OPENJSON(@job_types) AS t
    WHERE t.[type] = 1 AND LEN(t.[value]) <= 100;
    SELECT TOP (@most) f.failed_at, f.status, f.job_id, f.run_id, f.job_type, f.subject, f.attempt, f.error_code, f.error,
        f.job_status
    FROM (
        SELECT a.failed_at, a.status, a.job_id, a.run_id, a.job_type, a.subject, a.attempt, a.error_code, a.error, a.job_status
        FROM (SELECT TOP (@most) r.finished_at AS failed_at, r.status, r.job_id, r.run_id, j.job_type, j.subject, r.attempt,
                  r.error_code, r.error, j.status AS job_status
              FROM llm.run AS r
              JOIN llm.job AS j ON j.job_id = r.job_id
              WHERE r.finished_at > @since AND r.finished_at <= @at AND r.status IN (N'FAILED', N'ABANDONED')
                AND (@job_types IS NULL OR j.job_type IN (SELECT k.job_type FROM @kind AS k))
              ORDER BY r.finished_at DESC, r.run_id) AS a
        UNION ALL
        SELECT d.failed_at, d.status, d.job_id, d.run_id, d.job_type, d.subject, d.attempt, d.error_code, d.error, d.job_status
        FROM (SELECT TOP (@most) j.finished_at AS failed_at, j.status, j.job_id, j.run_id, j.job_type, j.subject,
                  j.attempt_count AS attempt, j.last_error_code AS error_code, j.last_error AS error, j.status AS job_status
              FROM llm.job AS j
              WHERE j.status = N'DEADLETTER' AND j.finished_at <= @since
                AND (@job_types IS NULL OR j.job_type IN (SELECT k.job_type FROM @kind AS k))
              ORDER BY j.finished_at DESC) AS d
    ) AS f
    ORDER BY f.failed_at DESC, f.job_id
    OPTION (RECOMPILE);
END;
