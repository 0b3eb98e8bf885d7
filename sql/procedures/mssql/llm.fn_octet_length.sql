-- Purpose:     the length of a text in UTF-8; internal. SQL Server alone: PostgreSQL has octet_length.
-- Parameters:  @text.
-- Returns:     bytes; null for null.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR ALTER FUNCTION llm.fn_octet_length (@text nvarchar(max))
RETURNS int
AS
BEGIN
    DECLARE @units int = LEN((@text + N'.') COLLATE Latin1_General_100_BIN2) - 1, @at int = 1, @bytes int = 0, @code int;
    IF @text COLLATE Latin1_General_100_BIN2 NOT LIKE N'%[^' + NCHAR(1) + N'-' + NCHAR(127) + N']%'
        RETURN @units;
    WHILE @at <= @units
    BEGIN
        SET @code = UNICODE(SUBSTRING(@text COLLATE Latin1_General_100_BIN2, @at, 1));
        -- Each half of a character beyond the basic plane counts for two of its four bytes.
        SET @bytes += CASE
            WHEN @code < 128 THEN 1
            WHEN @code < 2048 OR @code BETWEEN 55296 AND 57343 THEN 2
            WHEN @code < 65536 THEN 3
            ELSE 4 END;
        SET @at += 1;
    END;
    RETURN IIF(@text IS NULL, NULL, @bytes);
END;
