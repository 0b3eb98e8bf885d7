-- Purpose:     let a schedule fire, or not; also sets when it does next.
-- Parameters:  @name; @enabled; @next_fire_at UTC, computed by the caller from expression, zone and now: what was missed
--              while it was disabled is not made up for (null = leave it).
-- Returns:     changed (whether it was the other way).
-- Errors:      NOT_FOUND.
-- Idempotency: yes.
CREATE OR ALTER PROCEDURE llm.usp_enable_schedule @name nvarchar(4000), @enabled bit, @next_fire_at datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @was bit, @message nvarchar(2048);
    BEGIN TRY
        BEGIN TRANSACTION;
        -- Written, for that locks whatever hints are worth.
        UPDATE llm.schedule SET next_fire_at = COALESCE(@next_fire_at, next_fire_at) WHERE name = @name;
        IF @@ROWCOUNT = 0
        BEGIN
            SET @message = CONCAT(N'NOT_FOUND: no schedule is named ', @name);
            THROW 50012, @message, 1;
        END;
        SELECT @was = s.enabled FROM llm.schedule AS s WHERE s.name = @name;
        UPDATE llm.schedule SET enabled = @enabled WHERE name = @name AND enabled <> @enabled;
        COMMIT TRANSACTION;
        SELECT CONVERT(bit, IIF(@was <> @enabled, 1, 0)) AS changed;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
