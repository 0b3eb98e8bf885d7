-- Purpose:     an error message without what differs from job to job, so that equal failures look equal.
-- Parameters:  @message.
-- Returns:     its first 300 characters in one line; what stands in double quotes is "…", every word with a digit is #.
-- Errors:      none.
-- Idempotency: pure. A loop over the words that are masked, for T-SQL has no regular expressions; beyond ASCII, what comes
--              behind U+00BF and before the punctuation of U+2000 is a letter, and what follows U+2C00.
CREATE OR ALTER FUNCTION llm.fn_error_mask (@message nvarchar(max))
RETURNS nvarchar(300)
AS
BEGIN
    DECLARE @rest nvarchar(4000) = LEFT(COALESCE(@message, N''), 2000), @done nvarchar(4000) = N'',
        @place int, @from int, @to int,
        @other nvarchar(100) = N'%[^0-9A-Za-z_.:/' + NCHAR(192) + N'-' + NCHAR(8191) + NCHAR(11264) + N'-' + NCHAR(55295) + N'-]%';
    SET @rest = REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(@rest COLLATE Latin1_General_100_BIN2, NCHAR(9), N' '), NCHAR(10), N' '), NCHAR(11), N' '), NCHAR(12), N' '),
        NCHAR(13), N' ');
    -- Many blanks are one. By code: under other collations a control character counts for nothing.
    SET @rest = REPLACE(REPLACE(REPLACE(@rest COLLATE Latin1_General_100_BIN2, N' ', N' ' + NCHAR(1)), NCHAR(1) + N' ', N''), NCHAR(1), N'');
    WHILE DATALENGTH(@rest) > 0 AND DATALENGTH(@done) < 1200
    BEGIN
        SET @place = PATINDEX(N'%["0-9]%' COLLATE Latin1_General_100_BIN2, @rest);
        IF @place = 0
        BEGIN
            SET @done += @rest;
            BREAK;
        END;
        IF SUBSTRING(@rest, @place, 1) COLLATE Latin1_General_100_BIN2 = N'"'
        BEGIN
            SET @to = CHARINDEX(N'"', @rest COLLATE Latin1_General_100_BIN2, @place + 1);
            SET @done += LEFT(@rest, @place) + IIF(@to > 0, N'…"', N'');
            SET @rest = SUBSTRING(@rest, IIF(@to > 0, @to, @place) + 1, 4000);
            CONTINUE;
        END;
        -- The word begins behind the last character before the digit that is of no word, and ends before the next.
        SET @from = PATINDEX(@other COLLATE Latin1_General_100_BIN2, REVERSE(LEFT(@rest, @place - 1)));
        SET @done += LEFT(@rest, IIF(@from = 0, 0, @place - @from)) + N'#';
        SET @to = PATINDEX(@other COLLATE Latin1_General_100_BIN2, SUBSTRING(@rest, @place, 4000) + N' ') + @place - 1;
        -- A dot or a colon at its end is punctuation.
        WHILE SUBSTRING(@rest, @to - 1, 1) COLLATE Latin1_General_100_BIN2 IN (N'.', N':') SET @to -= 1;
        SET @rest = SUBSTRING(@rest, @to, 4000);
    END;
    RETURN LEFT(@done, 300);
END;
