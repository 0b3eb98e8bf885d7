-- Purpose:     take one step of retention: archive or purge at most llm.retention_policy.batch rows of one kind.
-- Parameters:  @what of llm.retention_policy (null = the one whose turn it is); @from_start begin its pass anew; @now UTC;
--              @into_caller 1: no result set, the row goes to @result_what, @removed and @is_done, all null if there is none.
-- Returns:     what, removed, is_done: its pass is over, the next one begins in an hour. No row if it is nobody's turn, the
--              policy keeps for ever, or somebody else takes a step of it now.
-- Errors:      NOT_FOUND.
-- Idempotency: each call goes on where the last one ended; one that is cut off is taken back as a whole.
CREATE OR ALTER PROCEDURE llm.usp_apply_retention
    @what nvarchar(4000) = NULL, @from_start bit = 0, @now datetime2(3) = NULL, @into_caller bit = 0,
    @result_what nvarchar(40) = NULL OUTPUT, @removed bigint = NULL OUTPUT, @is_done bit = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @before datetime2(3), @batch int, @after nvarchar(200),
        @after_job bigint, @after_run uniqueidentifier, @seen bigint, @turn nvarchar(40), @message nvarchar(2048);
    DECLARE @policy TABLE (
        what       nvarchar(40)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        keep_days  int           NOT NULL,
        batch      int           NOT NULL,
        position   nvarchar(200) COLLATE Latin1_General_100_BIN2 NULL
    );
    SELECT @result_what = NULL, @removed = NULL, @is_done = NULL;
    BEGIN TRY
        BEGIN TRANSACTION;
        IF @what IS NOT NULL AND NOT EXISTS (SELECT 1 FROM llm.retention_policy AS p WHERE p.what = @what)
        BEGIN
            SET @message = CONCAT(N'NOT_FOUND: nothing named ', @what, N' in llm.retention_policy', NCHAR(10),
                N'HINT: SELECT what FROM llm.retention_policy lists them.');
            THROW 50012, @message, 1;
        END;
        -- Whoever comes second passes over it, or waits and then finds that it is nobody's turn any more.
        SELECT TOP (1) @turn = o.what
        FROM llm.retention_policy AS o WITH (UPDLOCK, ROWLOCK, READPAST, READCOMMITTEDLOCK)
        WHERE o.keep_days IS NOT NULL AND (o.what = @what OR (@what IS NULL AND o.next_at <= @at))
        ORDER BY o.next_at, o.what;
        UPDATE llm.retention_policy
        SET last_at = @at
        OUTPUT inserted.what, inserted.keep_days, inserted.batch, inserted.position INTO @policy (what, keep_days, batch, position)
        WHERE what = @turn AND keep_days IS NOT NULL AND (@what IS NOT NULL OR next_at <= @at);
        SELECT @result_what = p.what, @before = DATEADD(DAY, -p.keep_days, @at), @batch = p.batch,
            @after = IIF(@from_start = 1, NULL, p.position)
        FROM @policy AS p;

        IF @result_what IN (N'job', N'dead_letter')
        BEGIN
            DECLARE @statuses nvarchar(100) = IIF(@result_what = N'job', N'["SUCCEEDED", "CANCELLED"]', N'["DEADLETTER"]');
            SET @after_job = COALESCE(CONVERT(bigint, @after), 0);
            EXEC llm.usp_archive_jobs @older_than = @before, @limit = @batch, @now = @at, @statuses = @statuses, @after = @after_job,
                @into_caller = 1, @archived = @removed OUTPUT, @last_job_id = @after_job OUTPUT, @is_done = @is_done OUTPUT;
            SET @after = CONVERT(nvarchar(20), @after_job);
        END;
        ELSE IF @result_what = N'run'
        BEGIN
            SET @after_run = CONVERT(uniqueidentifier, @after);
            EXEC llm.usp_purge_runs @older_than = @before, @limit = @batch, @after = @after_run, @into_caller = 1,
                @purged = @removed OUTPUT, @seen = @seen OUTPUT, @last_run_id = @after_run OUTPUT;
            SET @is_done = IIF(@seen < @batch, 1, 0);
            SET @after = LOWER(CONVERT(nvarchar(36), @after_run));
        END;
        ELSE IF @result_what = N'job_archive'
            EXEC llm.usp_purge_archive @older_than = @before, @limit = @batch, @into_caller = 1, @purged = @removed OUTPUT;
        ELSE IF @result_what = N'response_cache'
            EXEC llm.usp_purge_cache @older_than = @before, @limit = @batch, @now = @at, @into_caller = 1, @purged = @removed OUTPUT;
        ELSE IF @result_what = N'schedule_fire'
            EXEC llm.usp_purge_fires @older_than = @before, @limit = @batch, @into_caller = 1, @purged = @removed OUTPUT;
        ELSE IF @result_what = N'worker'
            EXEC llm.usp_purge_workers @older_than = @before, @limit = @batch, @into_caller = 1, @purged = @removed OUTPUT;
        IF @result_what IS NOT NULL
        BEGIN
            SET @is_done = COALESCE(@is_done, IIF(@removed < @batch, 1, 0));
            UPDATE llm.retention_policy
            SET position = IIF(@is_done = 1, NULL, @after), last_at = @at,
                next_at = IIF(@is_done = 1, DATEADD(HOUR, 1, @at), @at), removed_total = removed_total + @removed
            WHERE what = @result_what;
        END;
        COMMIT TRANSACTION;
        IF @into_caller = 0
            SELECT @result_what AS what, @removed AS removed, @is_done AS is_done WHERE @result_what IS NOT NULL;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
