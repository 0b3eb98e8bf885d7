-- Purpose:     erase when schedules fired long ago.
-- Parameters:  @older_than UTC instant for which they fired; @limit most rows of this call; @into_caller 1: no result set, the
--              row goes to @purged.
-- Returns:     purged.
-- Errors:      INVALID_PAYLOAD for a negative limit.
-- Idempotency: yes. Never one of which steps are left. Rows that are locked now are passed over.
CREATE OR ALTER PROCEDURE llm.usp_purge_fires
    @older_than datetime2(3), @limit int = 1000, @into_caller bit = 0, @purged bigint = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @most int;
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC llm.fn_checked_limit @limit = @limit, @result = @most OUTPUT;
        DELETE g
        FROM (SELECT TOP (@most) o.name, o.fire_at
              FROM llm.schedule_fire AS o WITH (UPDLOCK, ROWLOCK, READPAST, READCOMMITTEDLOCK)
              WHERE o.fire_at < @older_than AND o.status <> N'OPEN'
              ORDER BY o.fire_at, o.name) AS d
        JOIN llm.schedule_fire AS g WITH (ROWLOCK, READPAST, READCOMMITTEDLOCK) ON g.name = d.name AND g.fire_at = d.fire_at
        WHERE g.status <> N'OPEN';
        SET @purged = @@ROWCOUNT;
        COMMIT TRANSACTION;
        IF @into_caller = 0 SELECT @purged AS purged;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
