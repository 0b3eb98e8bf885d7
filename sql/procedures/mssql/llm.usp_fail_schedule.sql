-- Purpose:     record that a schedule could not fire for one instant, and set the next, so that it does not stop there.
-- Parameters:  @name; @fire_at its next_fire_at; @next_fire_at; @error_code, @error why; @now UTC.
-- Returns:     recorded (0: somebody else dealt with that instant).
-- Errors:      none.
-- Idempotency: yes.
CREATE OR ALTER PROCEDURE llm.usp_fail_schedule
    @name nvarchar(4000), @fire_at datetime2(3), @next_fire_at datetime2(3), @error_code nvarchar(100), @error nvarchar(max),
    @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @recorded bit;
    BEGIN TRY
        BEGIN TRANSACTION;
        UPDATE llm.schedule
        SET next_fire_at = @next_fire_at, last_fired_at = @at
        WHERE name = @name AND next_fire_at = @fire_at AND @next_fire_at > @fire_at;
        SET @recorded = @@ROWCOUNT;
        IF @recorded = 1
            INSERT INTO llm.schedule_fire (name, fire_at, fired_at, status, action, payload, error_code, error, finished_at)
            SELECT s.name, @fire_at, @at, N'FAILED', s.action, s.payload, @error_code, @error, @at
            FROM llm.schedule AS s
            WHERE s.name = @name AND NOT EXISTS (
                SELECT 1 FROM llm.schedule_fire AS f WITH (UPDLOCK, HOLDLOCK) WHERE f.name = s.name AND f.fire_at = @fire_at);
        COMMIT TRANSACTION;
        SELECT @recorded AS recorded;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
