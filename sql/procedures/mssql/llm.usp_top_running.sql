-- Purpose:     what runs now, the longest first.
-- Parameters:  @job_types json array of names (null = all); @limit most rows; @now UTC.
-- Returns:     job_id, run_id, job_type, subject, attempt, abandon_count, started_at, running_s, worker_id, host and pid (null if it
--              never said that it lives), lease_left_s (negative: over), cancel_requested.
-- Errors:      INVALID_PAYLOAD for a negative limit.
-- Idempotency: reads only, by ix_job_running.
CREATE OR ALTER PROCEDURE llm.usp_top_running
    @job_types nvarchar(max) = NULL, @limit int = 100, @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @most int;
    DECLARE @kind TABLE (job_type nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY);
    DECLARE @running TABLE (job_id bigint NOT NULL PRIMARY KEY);
    EXEC llm.fn_checked_limit @limit = @limit, @result = @most OUTPUT;
    INSERT INTO @kind (job_type)
    SELECT DISTINCT CONVERT(nvarchar(100), t.[value]) COLLATE Latin1_General_100_BIN2
    FROM OPENJSON(@job_types) AS t
    WHERE t.[type] = 1 AND LEN(t.[value]) <= 100;
    -- Found in the index alone, then read by their ids: whoever changes a job locks its row before its index entries.
    INSERT INTO @running (job_id)
    SELECT j.job_id
    FROM llm.job AS j
    WHERE j.status = N'RUNNING' AND (@job_types IS NULL OR j.job_type IN (SELECT k.job_type FROM @kind AS k))
    OPTION (RECOMPILE);
    SELECT TOP (@most) j.job_id, j.run_id, j.job_type, j.subject, j.attempt_count + 1 AS attempt, j.abandon_count, j.started_at,
        IIF(j.started_at > @at, 0, CONVERT(bigint, ROUND(DATEDIFF_BIG(MILLISECOND, j.started_at, @at) / 1000.0, 0))) AS running_s,
        j.locked_by AS worker_id, w.host, w.pid,
        CONVERT(bigint, ROUND(DATEDIFF_BIG(MILLISECOND, @at, j.lease_expires_at) / 1000.0, 0)) AS lease_left_s, j.cancel_requested
    FROM @running AS r
    JOIN llm.job AS j WITH (INDEX (pk_job), FORCESEEK) ON j.job_id = r.job_id
    LEFT JOIN llm.worker AS w ON w.worker_id = j.locked_by
    WHERE j.status = N'RUNNING'
    ORDER BY j.started_at, j.job_id
    OPTION (RECOMPILE);
END;
