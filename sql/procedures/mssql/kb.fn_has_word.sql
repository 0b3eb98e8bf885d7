-- Purpose:     whether a text has one of some words; internal.
-- Parameters:  @text, may be null; @words json array, in lower case.
-- Returns:     1 or 0.
-- Errors:      none.
-- Idempotency: pure.
-- Words end at white space and at the punctuation of ASCII and of typography.
CREATE OR ALTER FUNCTION kb.fn_has_word (@text nvarchar(max), @words nvarchar(max))
RETURNS bit
AS
BEGIN
    DECLARE @ends nvarchar(100) = CONCAT(N'!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~',
        NCHAR(9), NCHAR(10), NCHAR(11), NCHAR(12), NCHAR(13), NCHAR(133), NCHAR(160), NCHAR(8195), NCHAR(8201), NCHAR(8232),
        NCHAR(8233), NCHAR(8239), NCHAR(12288), NCHAR(161), NCHAR(167), NCHAR(171), NCHAR(182), NCHAR(183), NCHAR(187), NCHAR(191),
        NCHAR(8208), NCHAR(8209), NCHAR(8210), NCHAR(8211), NCHAR(8212), NCHAR(8213), NCHAR(8216), NCHAR(8217), NCHAR(8218),
        NCHAR(8220), NCHAR(8221), NCHAR(8222), NCHAR(8226), NCHAR(8230), NCHAR(8249), NCHAR(8250));
    RETURN CASE WHEN EXISTS (
        SELECT 1
        FROM STRING_SPLIT(TRANSLATE(LOWER(@text) COLLATE Latin1_General_100_BIN2, @ends, REPLICATE(N' ', LEN(@ends))), N' ') AS t
        JOIN OPENJSON(@words) AS w ON w.[value] COLLATE Latin1_General_100_BIN2 = t.[value] COLLATE Latin1_General_100_BIN2
        WHERE t.[value] COLLATE Latin1_General_100_BIN2 <> N'') THEN 1 ELSE 0 END;
END;
