-- Purpose:     tell the planner what a routing transaction works on; internal.
-- Parameters:  @items of the payload.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: nothing is changed.
-- SQL Server gathers statistics of a table that has outgrown them by itself, when the next statement that wants them is
-- compiled, and discards the plans that rest on the old ones. What PostgreSQL has to be told is not to be done here.
CREATE OR ALTER PROCEDURE kb.usp_refresh_statistics @items int
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    EXEC kb.usp_plan_for @rows = @items;
END;
