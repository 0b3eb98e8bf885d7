-- Purpose:     find a stored answer to exactly this request, and count the hit.
-- Parameters:  @request_sha256 hex; @now UTC, default the server's clock.
-- Returns:     lake_uri and model, no row if there is none or it has expired.
-- Errors:      none.
-- Idempotency: only the number of hits grows.
CREATE OR ALTER PROCEDURE llm.usp_cache_lookup @request_sha256 nvarchar(4000), @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @hit TABLE (
        lake_uri  nvarchar(2000) COLLATE Latin1_General_100_BIN2 NOT NULL,
        model     nvarchar(200)  COLLATE Latin1_General_100_BIN2 NOT NULL
    );
    UPDATE llm.response_cache
    SET hits = hits + 1
    OUTPUT inserted.lake_uri, inserted.model INTO @hit (lake_uri, model)
    WHERE request_sha256 = @request_sha256 AND (expires_at IS NULL OR expires_at > COALESCE(@now, SYSUTCDATETIME()));
    SELECT h.lake_uri, h.model FROM @hit AS h;
END;
