-- Purpose:     the instant that a text names in the words of ISO 8601; internal. UTC where no offset is said.
-- Parameters:  @text such as 2026-01-31, 2026-01-31T12:00Z or 2026-01-31 12:00:00.25 +01:00; offsets to 14 hours.
-- Returns:     the instant, without what is smaller than a millisecond; null for any other text, for a day or a time that does
--              not exist, and beyond the years 1 to 9999.
-- Errors:      none.
-- Idempotency: reads nothing.
-- Taken apart, for SQL Server reads neither an offset without minutes nor more than seven digits of a second.
CREATE OR ALTER FUNCTION llm.fn_instant (@text nvarchar(max))
RETURNS datetime2(3)
AS
BEGIN
    DECLARE @rest nvarchar(100), @time nvarchar(8) = N'00:00:00', @fraction nvarchar(100) = N'', @offset int = 0,
        @instant datetime2(3);
    IF @text IS NULL OR DATALENGTH(@text) > 100
        OR @text COLLATE Latin1_General_100_BIN2 NOT LIKE N'[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]%'
        OR @text COLLATE Latin1_General_100_BIN2 LIKE N'0000%'
        RETURN NULL;
    SET @rest = SUBSTRING(@text, 11, 100);
    IF DATALENGTH(@rest) > 0
    BEGIN
        IF @rest COLLATE Latin1_General_100_BIN2 NOT LIKE N'[Tt ][0-2][0-9]:[0-5][0-9]%' OR CONVERT(int, SUBSTRING(@rest, 2, 2)) > 23
            RETURN NULL;
        SET @time = SUBSTRING(@rest, 2, 5) + N':00';
        SET @rest = SUBSTRING(@rest, 7, 100);
        IF @rest COLLATE Latin1_General_100_BIN2 LIKE N':[0-5][0-9]%'
        BEGIN
            SET @time = LEFT(@time, 5) + LEFT(@rest, 3);
            SET @rest = SUBSTRING(@rest, 4, 100);
            IF @rest COLLATE Latin1_General_100_BIN2 LIKE N'.[0-9]%'
            BEGIN
                SET @fraction = LEFT(SUBSTRING(@rest, 2, 100),
                    PATINDEX(N'%[^0-9]%', SUBSTRING(@rest, 2, 100) COLLATE Latin1_General_100_BIN2 + N'x') - 1);
                IF LEN(@fraction) > 9 RETURN NULL;
                SET @rest = SUBSTRING(@rest, LEN(@fraction) + 2, 100);
            END;
        END;
        IF @rest COLLATE Latin1_General_100_BIN2 LIKE N' _%' SET @rest = SUBSTRING(@rest, 2, 100);
        IF DATALENGTH(@rest) > 0 AND @rest COLLATE Latin1_General_100_BIN2 NOT LIKE N'[Zz]'
        BEGIN
            -- Hours alone, or with minutes, which may have a colon in front.
            IF @rest COLLATE Latin1_General_100_BIN2 LIKE N'_[0-9][0-9]' SET @rest = @rest + N'00';
            IF @rest COLLATE Latin1_General_100_BIN2 LIKE N'_[0-9][0-9]:[0-5][0-9]' SET @rest = STUFF(@rest, 4, 1, N'');
            IF LEFT(@rest, 1) COLLATE Latin1_General_100_BIN2 NOT IN (N'+', N'-')
                OR @rest COLLATE Latin1_General_100_BIN2 NOT LIKE N'_[0-9][0-9][0-5][0-9]'
                RETURN NULL;
            SET @offset = 60 * CONVERT(int, SUBSTRING(@rest, 2, 2)) + CONVERT(int, SUBSTRING(@rest, 4, 2));
            IF @offset > 840 RETURN NULL;
            IF LEFT(@rest, 1) COLLATE Latin1_General_100_BIN2 = N'-' SET @offset = -@offset;
        END;
    END;
    SET @instant = TRY_CONVERT(datetime2(3), CONCAT(LEFT(@text, 10), N'T', @time, N'.', LEFT(@fraction + N'000', 3)), 126);
    RETURN CASE
        WHEN @offset = 0 THEN @instant
        WHEN @offset > 0 AND DATEDIFF_BIG(minute, CONVERT(datetime2(3), '0001-01-01'), @instant) < @offset THEN NULL
        WHEN @offset < 0 AND DATEDIFF_BIG(minute, @instant, CONVERT(datetime2(3), '9999-12-31T23:59:00')) < -@offset THEN NULL
        ELSE DATEADD(minute, -@offset, @instant) END;
END;
