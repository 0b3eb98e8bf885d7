-- Purpose:     the most rows that a call may touch, checked; internal. A procedure, for a function of SQL Server cannot raise.
-- Parameters:  @limit null for any number; @result what TOP takes.
-- Returns:     @result: @limit, or 2147483647 for any number.
-- Errors:      INVALID_PAYLOAD if it is negative.
-- Idempotency: pure.
CREATE OR ALTER PROCEDURE llm.fn_checked_limit @limit int, @result int = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    IF @limit < 0
    BEGIN
        DECLARE @message nvarchar(2048) = CONCAT(N'INVALID_PAYLOAD: p_limit is ', @limit, N', which is less than 0');
        THROW 50004, @message, 1;
    END;
    SET @result = COALESCE(@limit, 2147483647);
END;
