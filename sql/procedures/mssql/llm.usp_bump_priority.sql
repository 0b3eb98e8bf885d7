-- Purpose:     change the priority of waiting jobs; counts from the next claim on.
-- Parameters:  @filter as llm.fn_matching_jobs; @delta to add or @absolute to set, one of them; @after only jobs with a
--              higher job_id (to go on where the last call ended); @limit most jobs of this call.
-- Returns:     affected; remaining beyond last_job_id (counted to 10 000, and to the end where @limit is 0); last_job_id for
--              the next call's @after.
-- Errors:      EMPTY_FILTER, INVALID_PAYLOAD.
-- Idempotency: with @absolute; with @delta each call adds.
CREATE OR ALTER PROCEDURE llm.usp_bump_priority
    @filter nvarchar(max), @delta int = NULL, @absolute int = NULL, @after bigint = 0, @limit int = 1000
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @statuses nvarchar(100) = N'["NEW", "SCHEDULED"]', @at datetime2(3) = SYSUTCDATETIME(),
        @most int, @last bigint, @left bigint, @counted int, @affected bigint;
    CREATE TABLE #matching_jobs (job_id bigint NOT NULL PRIMARY KEY);
    CREATE TABLE #wanted_job (job_id bigint NOT NULL PRIMARY KEY);
    CREATE TABLE #changed_job (job_id bigint NOT NULL PRIMARY KEY, priority int NOT NULL);
    CREATE TABLE #job_before (
        job_id           bigint        NOT NULL PRIMARY KEY,
        priority         int           NOT NULL
    );
    BEGIN TRY
        BEGIN TRANSACTION;
        IF (@delta IS NULL AND @absolute IS NULL) OR (@delta IS NOT NULL AND @absolute IS NOT NULL)
            THROW 50004, N'INVALID_PAYLOAD: give either p_delta or p_absolute', 1;
        EXEC llm.fn_checked_limit @limit = @limit, @result = @most OUTPUT;
        EXEC llm.fn_matching_jobs @filter = @filter, @statuses = @statuses, @now = @at, @after = @after, @limit = @most;
        INSERT INTO #wanted_job (job_id) SELECT m.job_id FROM #matching_jobs AS m;
        SET @last = COALESCE((SELECT MAX(w.job_id) FROM #wanted_job AS w), @after);
        DELETE FROM #matching_jobs;
        SET @counted = CASE WHEN @limit > 0 THEN 10000 END;
        EXEC llm.fn_matching_jobs @filter = @filter, @statuses = @statuses, @now = @at, @after = @last, @limit = @counted;
        SET @left = (SELECT COUNT_BIG(*) FROM #matching_jobs AS m);
        -- Rows that are locked now are passed over.
        INSERT INTO #job_before (job_id, priority)
        SELECT j.job_id, j.priority
        FROM #wanted_job AS w
        JOIN llm.job AS j WITH (INDEX (pk_job), FORCESEEK, UPDLOCK, READPAST, ROWLOCK, READCOMMITTEDLOCK) ON j.job_id = w.job_id
        WHERE j.status IN (N'NEW', N'SCHEDULED')
        ORDER BY j.job_id
        OPTION (LOOP JOIN);
        UPDATE llm.job
        SET priority = COALESCE(@absolute, CASE
            WHEN CONVERT(bigint, priority) + @delta > 2147483647 THEN 2147483647
            WHEN CONVERT(bigint, priority) + @delta < -2147483648 THEN -2147483648
            ELSE CONVERT(bigint, priority) + @delta END)
        OUTPUT inserted.job_id, inserted.priority INTO #changed_job (job_id, priority)
        FROM llm.job WITH (INDEX (pk_job), FORCESEEK, ROWLOCK)
        WHERE status IN (N'NEW', N'SCHEDULED') AND job_id IN (SELECT b.job_id FROM #job_before AS b)
        OPTION (LOOP JOIN);
        SET @affected = @@ROWCOUNT;
        INSERT INTO llm.job_event (job_id, event, detail, happened_at)
        SELECT j.job_id, N'reprioritized', CONCAT(N'{"from":', j.priority, N',"to":', c.priority, N'}'), @at
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
