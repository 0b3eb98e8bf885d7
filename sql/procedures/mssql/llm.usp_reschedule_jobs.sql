-- Purpose:     change when waiting jobs run.
-- Parameters:  @filter as llm.fn_matching_jobs; @available_at UTC; @limit most jobs of this call; @now UTC; @after only
--              jobs with a higher job_id (to go on where the last call ended, instead of passing over what it did).
-- Returns:     affected; remaining beyond last_job_id (counted to 10 000, and to the end where @limit is 0); last_job_id for
--              the next call's @after.
-- Errors:      EMPTY_FILTER, INVALID_PAYLOAD.
-- Idempotency: jobs that have the time already no longer match. Rows that are locked now are passed over: a call without
--              @after meets them.
CREATE OR ALTER PROCEDURE llm.usp_reschedule_jobs
    @filter nvarchar(max), @available_at datetime2(3), @limit int = 1000, @now datetime2(3) = NULL, @after bigint = 0
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @statuses nvarchar(100) = N'["NEW", "SCHEDULED"]', @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()),
        @most int, @last bigint, @left bigint, @counted int, @affected bigint;
    CREATE TABLE #matching_jobs (job_id bigint NOT NULL PRIMARY KEY);
    CREATE TABLE #wanted_job (job_id bigint NOT NULL PRIMARY KEY);
    CREATE TABLE #changed_job (job_id bigint NOT NULL PRIMARY KEY);
    CREATE TABLE #job_before (
        job_id           bigint        NOT NULL PRIMARY KEY,
        available_at     datetime2(3)  NOT NULL
    );
    BEGIN TRY
        BEGIN TRANSACTION;
        IF @available_at IS NULL
            THROW 50004, N'INVALID_PAYLOAD: p_available_at is null
HINT: Say when the jobs are to run.', 1;
        EXEC llm.fn_checked_limit @limit = @limit, @result = @most OUTPUT;
        EXEC llm.fn_matching_jobs @filter = @filter, @statuses = @statuses, @now = @at, @after = @after, @limit = @most, @available_at = @available_at;
        INSERT INTO #wanted_job (job_id) SELECT m.job_id FROM #matching_jobs AS m;
        SET @last = COALESCE((SELECT MAX(w.job_id) FROM #wanted_job AS w), @after);
        DELETE FROM #matching_jobs;
        SET @counted = CASE WHEN @limit > 0 THEN 10000 END;
        EXEC llm.fn_matching_jobs @filter = @filter, @statuses = @statuses, @now = @at, @after = @last, @limit = @counted, @available_at = @available_at;
        SET @left = (SELECT COUNT_BIG(*) FROM #matching_jobs AS m);
        -- Rows that are locked now are passed over.
        INSERT INTO #job_before (job_id, available_at)
        SELECT j.job_id, j.available_at
        FROM #wanted_job AS w
        JOIN llm.job AS j WITH (INDEX (pk_job), FORCESEEK, UPDLOCK, READPAST, ROWLOCK, READCOMMITTEDLOCK) ON j.job_id = w.job_id
        WHERE j.status IN (N'NEW', N'SCHEDULED')
        ORDER BY j.job_id
        OPTION (LOOP JOIN);
        UPDATE llm.job
        SET available_at = @available_at, status = IIF(@available_at > @at, N'SCHEDULED', N'NEW')
        OUTPUT inserted.job_id INTO #changed_job (job_id)
        FROM llm.job WITH (INDEX (pk_job), FORCESEEK, ROWLOCK)
        WHERE status IN (N'NEW', N'SCHEDULED') AND job_id IN (SELECT b.job_id FROM #job_before AS b)
        OPTION (LOOP JOIN);
        SET @affected = @@ROWCOUNT;
        INSERT INTO llm.job_event (job_id, event, detail, happened_at)
        SELECT j.job_id, N'rescheduled', CONCAT(N'{"from":"', REPLACE(CONVERT(nvarchar(23), j.available_at, 126), N' ', N'T'),
            N'Z","to":"', REPLACE(CONVERT(nvarchar(23), @available_at, 126), N' ', N'T'), N'Z"}'), @at
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
