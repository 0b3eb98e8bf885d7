-- Purpose:     remove a schedule; what it fired stays on record.
-- Parameters:  @name.
-- Returns:     deleted.
-- Errors:      none.
-- Idempotency: yes.
CREATE OR ALTER PROCEDURE llm.usp_delete_schedule @name nvarchar(4000)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @deleted bit;
    BEGIN TRY
        BEGIN TRANSACTION;
        DELETE x FROM llm.schedule AS x WHERE x.name = @name;
        SET @deleted = @@ROWCOUNT;
        COMMIT TRANSACTION;
        SELECT @deleted AS deleted;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
