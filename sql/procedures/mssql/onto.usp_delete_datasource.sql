-- Purpose:     remove a datasource; pages that came from it stay.
-- Parameters:  @name.
-- Returns:     deleted.
-- Errors:      INVALID_STATE while it has an ontology.
-- Idempotency: yes.
CREATE OR ALTER PROCEDURE onto.usp_delete_datasource @name nvarchar(4000)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @deleted int, @message nvarchar(2048);
    BEGIN TRY
        BEGIN TRANSACTION;
        IF EXISTS (SELECT 1 FROM onto.ontology AS o WHERE o.datasource = @name)
        BEGIN
            SET @message = CONCAT(N'INVALID_STATE: the datasource ', LEFT(@name, 63), N' has an ontology', NCHAR(10),
                N'HINT: Delete that first: sproute ontology delete, or onto.usp_delete_ontology.');
            THROW 50010, @message, 1;
        END;
        DELETE FROM onto.datasource WHERE name = @name;
        SET @deleted = @@ROWCOUNT;
        COMMIT TRANSACTION;
        SELECT CONVERT(bit, @deleted) AS deleted;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
