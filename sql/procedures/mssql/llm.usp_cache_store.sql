-- Purpose:     remember where the valid answer to a request lies.
-- Parameters:  @request_sha256 hex; @lake_uri; @model; @expires_at (null = never).
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: a later answer to the same request takes the place of the earlier one.
CREATE OR ALTER PROCEDURE llm.usp_cache_store
    @request_sha256 nvarchar(4000), @lake_uri nvarchar(max), @model nvarchar(max), @expires_at datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    BEGIN TRY
        BEGIN TRANSACTION;
        INSERT INTO llm.response_cache (request_sha256, lake_uri, model, expires_at)
        SELECT @request_sha256, @lake_uri, @model, @expires_at
        WHERE NOT EXISTS (
            SELECT 1 FROM llm.response_cache AS c WITH (UPDLOCK, HOLDLOCK) WHERE c.request_sha256 = @request_sha256);
        IF @@ROWCOUNT = 0
            UPDATE llm.response_cache
            SET lake_uri = @lake_uri, model = @model, expires_at = @expires_at, created_at = SYSUTCDATETIME()
            WHERE request_sha256 = @request_sha256
              AND (lake_uri <> @lake_uri OR NOT EXISTS (SELECT expires_at INTERSECT SELECT @expires_at));
        COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
