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
    DECLARE @was TABLE (enabled bit NOT NULL);
    DECLARE @message nvarchar(2048);
    BEGIN TRY
        BEGIN TRANSACTION;
        UPDATE llm.schedule
        SET enabled = COALESCE(@enabled, enabled), next_fire_at = COALESCE(@next_fire_at, next_fire_at)
        OUTPUT deleted.enabled INTO @was (enabled)
        WHERE name = @name;
        IF NOT EXISTS (SELECT 1 FROM @was)
        BEGIN
            SET @message = CONCAT(N'NOT_FOUND: no schedule is named ', @name);
            THROW 50012, @message, 1;
        END;
        COMMIT TRANSACTION;
        SELECT CONVERT(bit, IIF(w.enabled <> COALESCE(@enabled, w.enabled), 1, 0)) AS changed FROM @was AS w;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
