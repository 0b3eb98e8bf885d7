-- Purpose:     forget stored answers that are old or have expired; their files stay with their runs.
-- Parameters:  @older_than UTC instant at which the answer was given; @limit most rows of this call; @now UTC; @into_caller 1:
--              no result set, the row goes to @purged.
-- Returns:     purged.
-- Errors:      INVALID_PAYLOAD for a negative limit.
-- Idempotency: yes. Rows that are locked now are passed over.
CREATE OR ALTER PROCEDURE llm.usp_purge_cache
    @older_than datetime2(3), @limit int = 1000, @now datetime2(3) = NULL, @into_caller bit = 0, @purged bigint = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @most int;
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC llm.fn_checked_limit @limit = @limit, @result = @most OUTPUT;
        DELETE c
        FROM (SELECT TOP (@most) o.request_sha256
              FROM llm.response_cache AS o WITH (UPDLOCK, ROWLOCK, READPAST, READCOMMITTEDLOCK)
              WHERE o.created_at < @older_than
              ORDER BY o.created_at) AS d
        JOIN llm.response_cache AS c WITH (ROWLOCK, READPAST, READCOMMITTEDLOCK) ON c.request_sha256 = d.request_sha256
        WHERE c.created_at < @older_than;
        SET @purged = @@ROWCOUNT;
        SET @most = @most - @purged;
        DELETE c
        FROM (SELECT TOP (@most) o.request_sha256
              FROM llm.response_cache AS o WITH (UPDLOCK, ROWLOCK, READPAST, READCOMMITTEDLOCK)
              WHERE o.expires_at IS NOT NULL AND o.expires_at < @at
              ORDER BY o.expires_at) AS d
        JOIN llm.response_cache AS c WITH (ROWLOCK, READPAST, READCOMMITTEDLOCK) ON c.request_sha256 = d.request_sha256
        WHERE c.expires_at < @at;
        SET @purged = @purged + @@ROWCOUNT;
        COMMIT TRANSACTION;
        IF @into_caller = 0 SELECT @purged AS purged;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
