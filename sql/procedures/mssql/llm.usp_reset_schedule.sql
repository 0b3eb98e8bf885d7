-- Purpose:     set when a schedule fires next, after the clock had been ahead.
-- Parameters:  @name; @expected_at its next_fire_at as the caller saw it; @next_fire_at.
-- Returns:     changed (0: it has another by now).
-- Errors:      none.
-- Idempotency: yes. What fired already does not fire again.
CREATE OR ALTER PROCEDURE llm.usp_reset_schedule
    @name nvarchar(4000), @expected_at datetime2(3), @next_fire_at datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @changed bit;
    BEGIN TRY
        BEGIN TRANSACTION;
        UPDATE llm.schedule
        SET next_fire_at = @next_fire_at, last_fired_at = NULL
        WHERE name = @name AND next_fire_at = @expected_at AND @next_fire_at < @expected_at;
        SET @changed = @@ROWCOUNT;
        COMMIT TRANSACTION;
        SELECT @changed AS changed;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
