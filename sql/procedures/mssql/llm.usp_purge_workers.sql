-- Purpose:     forget runners that gave no sign of life for long.
-- Parameters:  @older_than UTC instant of the last sign of life; @limit most rows of this call; @into_caller 1: no result set,
--              the row goes to @purged.
-- Returns:     purged.
-- Errors:      INVALID_PAYLOAD for a negative limit.
-- Idempotency: yes. Rows that are locked now are passed over.
CREATE OR ALTER PROCEDURE llm.usp_purge_workers
    @older_than datetime2(3), @limit int = 1000, @into_caller bit = 0, @purged bigint = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @most int;
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC llm.fn_checked_limit @limit = @limit, @result = @most OUTPUT;
        DELETE g
        FROM (SELECT TOP (@most) o.worker_id
              FROM llm.worker AS o WITH (UPDLOCK, ROWLOCK, READPAST, READCOMMITTEDLOCK)
              WHERE o.heartbeat_at < @older_than
              ORDER BY o.heartbeat_at) AS d
        JOIN llm.worker AS g WITH (ROWLOCK, READPAST, READCOMMITTEDLOCK) ON g.worker_id = d.worker_id
        WHERE g.heartbeat_at < @older_than;
        SET @purged = @@ROWCOUNT;
        COMMIT TRANSACTION;
        IF @into_caller = 0 SELECT @purged AS purged;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
