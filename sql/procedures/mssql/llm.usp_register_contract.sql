-- Purpose:     make a contract known; part of a deploy.
-- Parameters:  @name, @version MAJOR.MINOR.PATCH, @kind ('input', 'output'), @sha256 hex of its bytes, @schema json.
-- Returns:     created.
-- Errors:      CONTRACT_MISMATCH if the version is known with other bytes.
-- Idempotency: the same contract again changes nothing.
CREATE OR ALTER PROCEDURE llm.usp_register_contract
    @name nvarchar(max), @version nvarchar(max), @kind nvarchar(max), @sha256 nvarchar(max), @schema nvarchar(max)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @inserted int, @message nvarchar(2048);
    BEGIN TRY
        BEGIN TRANSACTION;
        INSERT INTO llm.contract (name, version, kind, sha256, [schema])
        SELECT @name, @version, @kind, @sha256, @schema
        WHERE NOT EXISTS (
            SELECT 1 FROM llm.contract AS c WITH (UPDLOCK, HOLDLOCK) WHERE c.name = @name AND c.version = @version);
        SET @inserted = @@ROWCOUNT;
        IF @inserted = 0 AND NOT EXISTS (
            SELECT 1 FROM llm.contract AS c WHERE c.name = @name AND c.version = @version AND c.sha256 = @sha256)
        BEGIN
            SET @message = CONCAT(N'CONTRACT_MISMATCH: ', @name, N' ', @version, N' was deployed with other bytes', NCHAR(10),
                N'HINT: A version never changes: restore the file and put the change into a new version.');
            THROW 50005, @message, 1;
        END;
        COMMIT TRANSACTION;
        SELECT CONVERT(bit, @inserted) AS created;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
