-- Purpose:     the page that rests on nobody's text but on who loaded rows or decided; internal.
-- Parameters:  @loaded_by; @now UTC.
-- Returns:     @result: source_page_id.
-- Errors:      none.
-- Idempotency: the page of the same name again is found.
-- The hash only has to be the same for the same content: it is of UTF-16.
CREATE OR ALTER PROCEDURE kb.usp_put_loaded_page @loaded_by nvarchar(max), @now datetime2(3), @result bigint = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @content nvarchar(max) = N'Rows loaded with SQL by ' + @loaded_by + N'.', @content_sha256 nvarchar(64);
    SET @content_sha256 = llm.fn_hex(HASHBYTES('SHA2_256', @content));
    EXEC ingest.usp_put_page @source_system = N'loaded', @external_id = @loaded_by, @title = @content,
        @content_type = N'text/plain', @content = @content, @content_sha256 = @content_sha256, @metadata = NULL, @now = @now,
        @into_caller = 1, @source_page_id = @result OUTPUT;
END;
