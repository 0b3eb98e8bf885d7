-- Purpose:     the slice of a text by UTF-16 offsets, as JavaScript's String.prototype.slice counts.
-- Parameters:  @text; @char_start, @char_end in UTF-16 code units.
-- Returns:     the slice; null if an offset falls between the two halves of a 4-byte character.
-- Errors:      none.
-- Idempotency: pure.
-- Under a binary collation SQL Server counts as JavaScript does.
CREATE OR ALTER FUNCTION ingest.fn_slice (@text nvarchar(max), @char_start int, @char_end int)
RETURNS nvarchar(max)
AS
BEGIN
    RETURN CASE
        WHEN UNICODE(SUBSTRING(@text COLLATE Latin1_General_100_BIN2, @char_start + 1, 1)) BETWEEN 56320 AND 57343
            AND UNICODE(SUBSTRING(@text COLLATE Latin1_General_100_BIN2, @char_start, 1)) BETWEEN 55296 AND 56319 THEN NULL
        WHEN UNICODE(SUBSTRING(@text COLLATE Latin1_General_100_BIN2, @char_end + 1, 1)) BETWEEN 56320 AND 57343
            AND UNICODE(SUBSTRING(@text COLLATE Latin1_General_100_BIN2, @char_end, 1)) BETWEEN 55296 AND 56319 THEN NULL
        ELSE SUBSTRING(@text COLLATE Latin1_General_100_BIN2, @char_start + 1, IIF(@char_end > @char_start, @char_end - @char_start, 0))
        END;
END;
