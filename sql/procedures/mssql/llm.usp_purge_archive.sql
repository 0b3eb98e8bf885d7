-- Purpose:     forget archived jobs for good, with the dedupe keys of those that succeeded.
-- Parameters:  @older_than UTC instant of finishing; @limit most jobs of this call; @into_caller 1: no result set, the row goes
--              to @purged.
-- Returns:     purged.
-- Errors:      INVALID_PAYLOAD for a negative limit.
-- Idempotency: yes.
CREATE OR ALTER PROCEDURE llm.usp_purge_archive
    @older_than datetime2(3), @limit int = 1000, @into_caller bit = 0, @purged bigint = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @most int;
    CREATE TABLE #gone_job (job_id bigint NOT NULL PRIMARY KEY);
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC llm.fn_checked_limit @limit = @limit, @result = @most OUTPUT;
        DELETE FROM llm.job_archive
        OUTPUT deleted.job_id INTO #gone_job (job_id)
        WHERE job_id IN (
            SELECT TOP (@most) o.job_id
            FROM llm.job_archive AS o WITH (UPDLOCK, ROWLOCK, READPAST, READCOMMITTEDLOCK)
            WHERE o.finished_at < @older_than
            ORDER BY o.finished_at);
        SET @purged = @@ROWCOUNT;
        DELETE e FROM #gone_job AS g JOIN llm.job_event AS e ON e.job_id = g.job_id;
        COMMIT TRANSACTION;
        IF @into_caller = 0 SELECT @purged AS purged;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
