-- Purpose:     take a lock by name, held to the end of the transaction; internal. SQL Server alone: PostgreSQL has advisory locks
--              and locks of rows that do not meet those of an UPDATE.
-- Parameters:  @resource its name; @mode Shared, Update or Exclusive.
-- Returns:     nothing.
-- Errors:      51205, repeated by the program as a deadlock is, where the lock cannot be had.
-- Idempotency: a lock that is held is held once more.
CREATE OR ALTER PROCEDURE llm.usp_take_lock @resource nvarchar(255), @mode nvarchar(32)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    -- Named after the database too: not every server keeps the locks of its databases apart.
    DECLARE @result int, @name nvarchar(255) = LEFT(CONCAT(@resource, N' of ', DB_NAME()), 255), @message nvarchar(2048);
    EXEC @result = sys.sp_getapplock @Resource = @name, @LockMode = @mode, @LockOwner = N'Transaction', @LockTimeout = -1;
    IF @result < 0
    BEGIN
        SET @message = CONCAT(N'the lock ', @resource, N' could not be had (', @result, N'); the whole call may be repeated');
        THROW 51205, @message, 1;
    END;
END;
