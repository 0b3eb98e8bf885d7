-- Purpose:     let the planner's statistics forget what was erased: they hold values of the columns; internal.
-- Parameters:  none.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: yes.
-- SQL Server's statistics are an owner's to update, which who erases is not: docs/sql-server.md tells a DBA how. They are
-- gathered anew by themselves once enough has changed.
CREATE OR ALTER PROCEDURE kb.usp_forget_statistics
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    RETURN;
END;
