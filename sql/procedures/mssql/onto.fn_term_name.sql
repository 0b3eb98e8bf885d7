-- Purpose:     a term or another name of it as it is kept: trimmed, white space within as one blank.
-- Parameters:  @term.
-- Returns:     the name.
-- Errors:      none.
-- Idempotency: pure.
-- All white space becomes U+0001 first, which no name holds, and each run of it a blank.
CREATE OR ALTER FUNCTION onto.fn_term_name (@term nvarchar(max))
RETURNS nvarchar(max)
AS
BEGIN
    RETURN TRIM(REPLACE(REPLACE(REPLACE(
        TRANSLATE(@term COLLATE Latin1_General_100_BIN2,
            CONCAT(N' ', NCHAR(9), NCHAR(10), NCHAR(11), NCHAR(12), NCHAR(13), NCHAR(133), NCHAR(5760), NCHAR(8192), NCHAR(8193),
                NCHAR(8194), NCHAR(8195), NCHAR(8196), NCHAR(8197), NCHAR(8198), NCHAR(8200), NCHAR(8201), NCHAR(8202),
                NCHAR(8232), NCHAR(8233), NCHAR(8287), NCHAR(12288)),
            REPLICATE(NCHAR(1), 22)),
        NCHAR(1), CONCAT(N' ', NCHAR(1))), CONCAT(NCHAR(1), N' '), N''), NCHAR(1), N''));
END;
