-- Purpose:     have the steps of a routing transaction planned for as many rows as are staged; internal.
-- Parameters:  @rows items or mentions.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: does nothing.
-- PostgreSQL is told how to join staged rows. SQL Server finds them by the keys of the stage tables and of its temporary ones,
-- whose statistics it gathers by itself.
CREATE OR ALTER PROCEDURE kb.usp_plan_for @rows bigint
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    IF @rows IS NULL
        RETURN;
END;
