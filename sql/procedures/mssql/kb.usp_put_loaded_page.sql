-- Purpose:     the page that rests on nobody's text but on who loaded rows or decided; internal.
-- Parameters:  @loaded_by; @now UTC.
-- Returns:     @result: source_page_id.
-- Errors:      none.
-- Idempotency: the page of the same name again is found.
-- The hash only has to be the same for the same content: it is of UTF-16.
CREATE OR ALTER PROCEDURE kb.usp_put_loaded_page @loaded_by nvarchar(256), @now datetime2(3), @result bigint = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @content nvarchar(400) = N'Rows loaded with SQL by ' + @loaded_by + N'.', @content_sha256 nvarchar(64);
    SELECT @content_sha256 = STRING_AGG(CONCAT(
            SUBSTRING(N'0123456789abcdef', CONVERT(int, SUBSTRING(h.hash, n.n, 1)) / 16 + 1, 1),
            SUBSTRING(N'0123456789abcdef', CONVERT(int, SUBSTRING(h.hash, n.n, 1)) % 16 + 1, 1)), N'') WITHIN GROUP (ORDER BY n.n)
    FROM (SELECT HASHBYTES('SHA2_256', @content) AS hash) AS h
    CROSS JOIN (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11), (12), (13), (14), (15), (16), (17), (18), (19), (20),
        (21), (22), (23), (24), (25), (26), (27), (28), (29), (30), (31), (32)) AS n (n);
    EXEC ingest.usp_put_page @source_system = N'loaded', @external_id = @loaded_by, @title = @content,
        @content_type = N'text/plain', @content = @content, @content_sha256 = @content_sha256, @metadata = NULL, @now = @now,
        @into_caller = 1, @source_page_id = @result OUTPUT;
END;
