-- Purpose:     one bounded step of a maintenance procedure; the list of all that a schedule may run. A new one is a line here.
-- Parameters:  @procedure one of llm.usp_apply_retention (all of llm.retention_policy whose turn it is),
--              llm.usp_escalate_overdue_jobs, llm.usp_advance_open_dags, llm.usp_rescue_expired_jobs and, with
--              @older_than_days, llm.usp_archive_jobs (SUCCEEDED and CANCELLED), llm.usp_purge_archive, llm.usp_purge_cache,
--              llm.usp_purge_fires, llm.usp_purge_workers, ingest.usp_archive_pages, ingest.usp_purge_page_archive;
--              @older_than_days age in days; @limit most rows of this step (0 touches none, and checks the rest); @now UTC;
--              @into_caller 1: no result set, the row goes to @affected.
-- Returns:     affected (less than @limit: nothing is left).
-- Errors:      INVALID_PAYLOAD for another procedure, or without the age where it wants one.
-- Idempotency: as the procedure.
CREATE OR ALTER PROCEDURE llm.usp_run_maintenance
    @procedure nvarchar(4000), @older_than_days int = NULL, @limit int = 1000, @now datetime2(3) = NULL,
    @into_caller bit = 0, @affected bigint = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @before datetime2(3), @step bigint, @most int, @left int, @after bigint = 0,
        @is_done bit = 0, @name nvarchar(4000) = COALESCE(@procedure, N''),
        @message nvarchar(2048);
    CREATE TABLE #advance_open_dags (
        dag_id  bigint       NOT NULL,
        status  nvarchar(40) COLLATE Latin1_General_100_BIN2 NULL
    );
    CREATE TABLE #rescue_expired_jobs (
        job_id          bigint           NOT NULL,
        run_id          uniqueidentifier NULL,
        job_type        nvarchar(100)    COLLATE Latin1_General_100_BIN2 NULL,
        correlation_id  uniqueidentifier NULL,
        status          nvarchar(40)     COLLATE Latin1_General_100_BIN2 NULL
    );
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC llm.fn_checked_limit @limit = @limit, @result = @most OUTPUT;
        IF @older_than_days < 0 OR @older_than_days > 36500
        BEGIN
            SET @message = CONCAT(N'INVALID_PAYLOAD: older_than_days is ', @older_than_days, N', which is not from 0 to 36500');
            THROW 50004, @message, 1;
        END;
        SET @before = DATEADD(DAY, -@older_than_days, @at);
        IF @before IS NULL AND (@name COLLATE Latin1_General_100_BIN2 LIKE N'%archive%'
            OR @name COLLATE Latin1_General_100_BIN2 LIKE N'%purge%')
        BEGIN
            SET @message = CONCAT(N'INVALID_PAYLOAD: ', LEFT(@name, 400), N' wants older_than_days');
            THROW 50004, @message, 1;
        END;
        SET @affected = 0;
        IF @name COLLATE Latin1_General_100_BIN2 = N'llm.usp_apply_retention'
        BEGIN
            SET @step = 0;
            WHILE @affected < @most AND @step IS NOT NULL
            BEGIN
                EXEC llm.usp_apply_retention @now = @at, @into_caller = 1, @removed = @step OUTPUT;
                SET @affected = @affected + COALESCE(@step, 0);
            END;
        END;
        ELSE IF @name COLLATE Latin1_General_100_BIN2 = N'llm.usp_escalate_overdue_jobs'
            EXEC llm.usp_escalate_overdue_jobs @limit = @limit, @now = @at, @into_caller = 1, @escalated = @affected OUTPUT;
        ELSE IF @name COLLATE Latin1_General_100_BIN2 = N'llm.usp_advance_open_dags'
            EXEC llm.usp_advance_open_dags @limit = @limit, @now = @at, @into_caller = 1;
        ELSE IF @name COLLATE Latin1_General_100_BIN2 = N'llm.usp_rescue_expired_jobs'
        BEGIN
            EXEC llm.usp_rescue_expired_jobs @limit = @limit, @now = @at, @into_caller = 1;
            SELECT @affected = COUNT(*) FROM #rescue_expired_jobs AS r;
        END;
        ELSE IF @name COLLATE Latin1_General_100_BIN2 = N'llm.usp_archive_jobs'
            WHILE @affected < @most AND @is_done = 0
            BEGIN
                SET @left = @most - @affected;
                EXEC llm.usp_archive_jobs @older_than = @before, @limit = @left, @now = @at, @after = @after, @into_caller = 1,
                    @archived = @step OUTPUT, @last_job_id = @after OUTPUT, @is_done = @is_done OUTPUT;
                SET @affected = @affected + @step;
            END;
        ELSE IF @name COLLATE Latin1_General_100_BIN2 = N'llm.usp_purge_archive'
            EXEC llm.usp_purge_archive @older_than = @before, @limit = @limit, @into_caller = 1, @purged = @affected OUTPUT;
        ELSE IF @name COLLATE Latin1_General_100_BIN2 = N'llm.usp_purge_cache'
            EXEC llm.usp_purge_cache @older_than = @before, @limit = @limit, @now = @at, @into_caller = 1, @purged = @affected OUTPUT;
        ELSE IF @name COLLATE Latin1_General_100_BIN2 = N'llm.usp_purge_fires'
            EXEC llm.usp_purge_fires @older_than = @before, @limit = @limit, @into_caller = 1, @purged = @affected OUTPUT;
        ELSE IF @name COLLATE Latin1_General_100_BIN2 = N'llm.usp_purge_workers'
            EXEC llm.usp_purge_workers @older_than = @before, @limit = @limit, @into_caller = 1, @purged = @affected OUTPUT;
        ELSE IF @name COLLATE Latin1_General_100_BIN2 = N'ingest.usp_archive_pages'
            EXEC ingest.usp_archive_pages @older_than = @before, @limit = @limit, @now = @at, @into_caller = 1,
                @pages = @affected OUTPUT;
        ELSE IF @name COLLATE Latin1_General_100_BIN2 = N'ingest.usp_purge_page_archive'
            EXEC ingest.usp_purge_page_archive @older_than = @before, @limit = @limit, @into_caller = 1, @purged = @affected OUTPUT;
        ELSE
        BEGIN
            SET @message = CONCAT(N'INVALID_PAYLOAD: "', LEFT(@name, 400), N'" is no procedure that a schedule may run', NCHAR(10),
                N'HINT: There are llm.usp_apply_retention, llm.usp_escalate_overdue_jobs, llm.usp_advance_open_dags, ',
                N'llm.usp_rescue_expired_jobs; and with older_than_days llm.usp_archive_jobs, llm.usp_purge_archive, ',
                N'llm.usp_purge_cache, llm.usp_purge_fires, llm.usp_purge_workers, ingest.usp_archive_pages, ',
                N'ingest.usp_purge_page_archive.');
            THROW 50004, @message, 1;
        END;
        SET @affected = COALESCE(@affected, 0);
        COMMIT TRANSACTION;
        IF @into_caller = 0 SELECT @affected AS affected;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
