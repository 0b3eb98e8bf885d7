-- Purpose:     forget what a model costs; calls from now on cost null, which is unknown.
-- Parameters:  @model.
-- Returns:     deleted.
-- Errors:      none.
-- Idempotency: yes.
CREATE OR ALTER PROCEDURE llm.usp_delete_model_price @model nvarchar(4000)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @deleted bit;
    BEGIN TRY
        BEGIN TRANSACTION;
        DELETE x FROM llm.model_price AS x WHERE x.model = @model;
        SET @deleted = @@ROWCOUNT;
        COMMIT TRANSACTION;
        SELECT @deleted AS deleted;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
