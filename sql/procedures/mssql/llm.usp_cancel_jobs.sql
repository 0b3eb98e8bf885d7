-- Purpose:     cancel jobs: waiting ones at once, running ones are told at the next renewal and can write nothing more.
-- Parameters:  @filter as llm.fn_matching_jobs; @limit most jobs of this call; @now UTC; @after only jobs with a higher
--              job_id (to go on where the last call ended, instead of passing over what it did).
-- Returns:     affected; remaining beyond last_job_id (counted to 10 000, and to the end where @limit is 0); last_job_id for
--              the next call's @after.
-- Errors:      EMPTY_FILTER, INVALID_PAYLOAD.
-- Idempotency: cancelled jobs no longer match. Rows that are locked now are passed over: a call without @after meets them.
CREATE OR ALTER PROCEDURE llm.usp_cancel_jobs
    @filter nvarchar(max), @limit int = 1000, @now datetime2(3) = NULL, @after bigint = 0
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @statuses nvarchar(100) = N'["NEW", "SCHEDULED", "RUNNING"]', @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()),
        @most int, @last bigint, @left bigint, @counted int, @affected bigint;
    CREATE TABLE #matching_jobs (job_id bigint NOT NULL PRIMARY KEY);
    CREATE TABLE #wanted_job (job_id bigint NOT NULL PRIMARY KEY);
    CREATE TABLE #changed_job (job_id bigint NOT NULL PRIMARY KEY);
    CREATE TABLE #job_before (
        job_id           bigint        NOT NULL PRIMARY KEY,
        status           nvarchar(40)  COLLATE Latin1_General_100_BIN2 NOT NULL
    );
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC llm.fn_checked_limit @limit = @limit, @result = @most OUTPUT;
        EXEC llm.fn_matching_jobs @filter = @filter, @statuses = @statuses, @now = @at, @after = @after, @limit = @most;
        INSERT INTO #wanted_job (job_id) SELECT m.job_id FROM #matching_jobs AS m;
        SET @last = COALESCE((SELECT MAX(w.job_id) FROM #wanted_job AS w), @after);
        DELETE FROM #matching_jobs;
        SET @counted = CASE WHEN @limit > 0 THEN 10000 END;
        EXEC llm.fn_matching_jobs @filter = @filter, @statuses = @statuses, @now = @at, @after = @last, @limit = @counted;
        SET @left = (SELECT COUNT_BIG(*) FROM #matching_jobs AS m);
        -- Rows that are locked now are passed over.
        INSERT INTO #job_before (job_id, status)
        SELECT j.job_id, j.status
        FROM #wanted_job AS w
        JOIN llm.job AS j WITH (INDEX (pk_job), FORCESEEK, UPDLOCK, READPAST, ROWLOCK, READCOMMITTEDLOCK) ON j.job_id = w.job_id
        WHERE j.status IN (N'NEW', N'SCHEDULED', N'RUNNING') AND j.cancel_requested = 0
        ORDER BY j.job_id
        OPTION (LOOP JOIN);
        UPDATE llm.job
        SET cancel_requested = 1, status = IIF(status = N'RUNNING', N'RUNNING', N'CANCELLED'),
            outcome = CASE WHEN status = N'RUNNING' THEN outcome ELSE N'{"status":"CANCELLED"}' END,
            finished_at = CASE WHEN status = N'RUNNING' THEN NULL ELSE @at END
        OUTPUT inserted.job_id INTO #changed_job (job_id)
        FROM llm.job WITH (INDEX (pk_job), FORCESEEK, ROWLOCK)
        WHERE status IN (N'NEW', N'SCHEDULED', N'RUNNING') AND cancel_requested = 0 AND job_id IN (SELECT b.job_id FROM #job_before AS b)
        OPTION (LOOP JOIN);
        SET @affected = @@ROWCOUNT;
        INSERT INTO llm.job_event (job_id, event, detail, happened_at)
        SELECT j.job_id, N'cancelled', CONCAT(N'{"status":"', j.status, N'"}'), @at
        FROM #changed_job AS c
        JOIN #job_before AS j ON j.job_id = c.job_id;
        COMMIT TRANSACTION;
        SELECT @affected AS affected, @left AS remaining, @last AS last_job_id;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
