-- Purpose:     read a time as the worker does (src/knowledge/time-bound.ts): ISO 8601 of any precision, X for unknown digits.
-- Parameters:  @text.
-- Returns:     one row: earliest and latest day it can mean, time_precision 'day', 'month', 'year', 'decade', 'century', or 'text'
--              without days for anything else; nulls where there is no text.
-- Errors:      none.
-- Idempotency: pure.
-- SQL Server has no NFKC and no regular expressions. A character that NFKC makes digits, a sign, T, X or Z of is found in a
-- list, by its code point, and so are blanks and what cannot be seen; any other one makes it no time.
CREATE OR ALTER FUNCTION kb.fn_time_bound (@text nvarchar(max))
RETURNS @bound TABLE (
    earliest        date         NULL,
    latest          date         NULL,
    time_precision  nvarchar(40) COLLATE Latin1_General_100_BIN2 NULL
)
AS
BEGIN
    DECLARE @spelled nvarchar(300) = N'', @head nvarchar(300), @rest nvarchar(300), @year nvarchar(4), @month nvarchar(2), @day nvarchar(2),
        @time nvarchar(300), @days int, @at int, @earliest date, @latest date, @precision nvarchar(40) = N'text',
        @units int = LEN((@text + N'.') COLLATE Latin1_General_100_BIN2) - 1;
    IF @text IS NULL OR TRIM(@text) COLLATE Latin1_General_100_BIN2 = N'' OR @units > 60
    BEGIN
        INSERT INTO @bound (earliest, latest, time_precision)
        VALUES (NULL, NULL, IIF(@units > 60 AND TRIM(@text) COLLATE Latin1_General_100_BIN2 <> N'', @precision, NULL));
        RETURN;
    END;

    IF @text COLLATE Latin1_General_100_BIN2 NOT LIKE N'%[^ -~]%'
        SET @spelled = @text;
    ELSE
        SELECT @spelled = STRING_AGG(CASE
                WHEN m.first_code IS NULL THEN c.letter COLLATE Latin1_General_100_BIN2
                WHEN m.number IS NULL THEN m.ending
                ELSE CONCAT(m.number + c.code - m.first_code, m.ending) END, N'') WITHIN GROUP (ORDER BY c.place)
        FROM (
            SELECT p.place, p.letter, CASE WHEN p.code BETWEEN 55296 AND 56319
                    THEN 65536 + (p.code - 55296) * 1024 + UNICODE(SUBSTRING(@text COLLATE Latin1_General_100_BIN2, p.place + 1, 1)) - 56320
                    ELSE p.code END AS code
            FROM (
                SELECT n.place, SUBSTRING(@text COLLATE Latin1_General_100_BIN2, n.place, 1) AS letter,
                    UNICODE(SUBSTRING(@text COLLATE Latin1_General_100_BIN2, n.place, 1)) AS code
                FROM (
                    SELECT t.n * 10 + o.n + 1 AS place
                    FROM (VALUES (0), (1), (2), (3), (4), (5)) AS t (n)
                    CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS o (n)) AS n
                WHERE n.place <= @units) AS p
            -- The second half of a character has been read with the first.
            WHERE p.code NOT BETWEEN 56320 AND 57343) AS c
        LEFT JOIN (VALUES
            -- What becomes a number, from the first one's on, and what is behind it.
            (178, 179, 1, 2, N''), (185, 185, 1, 1, N''), (8304, 8304, 1, 0, N''), (8308, 8313, 1, 4, N''), (8320, 8329, 1, 0, N''),
            (9312, 9331, 1, 1, N''), (9450, 9450, 1, 0, N''), (12881, 12895, 1, 21, N''), (12977, 12991, 1, 36, N''),
            (65296, 65305, 1, 0, N''), (118000, 118009, 1, 0, N''), (120782, 120791, 1, 0, N''), (120792, 120801, 1, 0, N''),
            (120802, 120811, 1, 0, N''), (120812, 120821, 1, 0, N''), (120822, 120831, 1, 0, N''), (130032, 130041, 1, 0, N''),
            (9352, 9371, 1, 1, N'.'), (127232, 127232, 1, 0, N'.'), (127233, 127242, 1, 0, N','),
            -- Blanks.
            (1, 32, 1, NULL, N' '), (127, 160, 1, NULL, N' '), (5760, 5760, 1, NULL, N' '), (8192, 8202, 1, NULL, N' '),
            (8232, 8233, 1, NULL, N' '), (8239, 8239, 1, NULL, N' '), (8287, 8287, 1, NULL, N' '), (12288, 12288, 1, NULL, N' '),
            -- T, X and Z; of mathematical letters every 26th.
            (7488, 7488, 1, NULL, N't'), (7511, 7511, 1, NULL, N't'), (8348, 8348, 1, NULL, N't'), (9417, 9443, 26, NULL, N't'),
            (65332, 65364, 32, NULL, N't'), (117993, 117993, 1, NULL, N't'), (119827, 120477, 26, NULL, N't'),
            (127299, 127299, 1, NULL, N't'),
            (739, 739, 1, NULL, N'x'), (8339, 8339, 1, NULL, N'x'), (8553, 8569, 16, NULL, N'x'), (9421, 9447, 26, NULL, N'x'),
            (65336, 65368, 32, NULL, N'x'), (117997, 117997, 1, NULL, N'x'), (119831, 120481, 26, NULL, N'x'),
            (127303, 127303, 1, NULL, N'x'),
            (7611, 7611, 1, NULL, N'z'), (8484, 8488, 4, NULL, N'z'), (9423, 9449, 26, NULL, N'z'), (65338, 65370, 32, NULL, N'z'),
            (117999, 117999, 1, NULL, N'z'), (119833, 120067, 26, NULL, N'z'), (120119, 120119, 1, NULL, N'z'),
            (120171, 120483, 26, NULL, N'z'), (127305, 127305, 1, NULL, N'z'),
            -- Signs.
            (8228, 8228, 1, NULL, N'.'), (65106, 65106, 1, NULL, N'.'), (65294, 65294, 1, NULL, N'.'), (8314, 8330, 16, NULL, N'+'),
            (64297, 64297, 1, NULL, N'+'), (65122, 65122, 1, NULL, N'+'), (65291, 65291, 1, NULL, N'+'), (65123, 65123, 1, NULL, N'-'),
            (65293, 65293, 1, NULL, N'-'), (8315, 8331, 16, NULL, NCHAR(8722)), (65040, 65040, 1, NULL, N','), (65104, 65104, 1, NULL, N','),
            (65292, 65292, 1, NULL, N','), (65043, 65043, 1, NULL, N':'), (65109, 65109, 1, NULL, N':'), (65306, 65306, 1, NULL, N':'),
            -- What cannot be seen.
            (173, 173, 1, NULL, N''), (847, 847, 1, NULL, N''), (1564, 1564, 1, NULL, N''), (4447, 4448, 1, NULL, N''),
            (6068, 6069, 1, NULL, N''), (6155, 6159, 1, NULL, N''), (8203, 8207, 1, NULL, N''), (8234, 8238, 1, NULL, N''),
            (8288, 8303, 1, NULL, N''), (12644, 12644, 1, NULL, N''), (65024, 65039, 1, NULL, N''), (65279, 65279, 1, NULL, N''),
            (65440, 65440, 1, NULL, N''), (65520, 65528, 1, NULL, N''), (113824, 113827, 1, NULL, N''), (119155, 119162, 1, NULL, N''),
            (917504, 921599, 1, NULL, N'')
        ) AS m (first_code, last_code, step, number, ending)
            ON c.code BETWEEN m.first_code AND m.last_code AND (c.code - m.first_code) % m.step = 0;
    -- Runs of blanks are one; the two signs that mark them were blanks too.
    SET @spelled = TRIM(REPLACE(REPLACE(REPLACE(@spelled COLLATE Latin1_General_100_BIN2, N' ', NCHAR(1) + NCHAR(2)),
        NCHAR(2) + NCHAR(1), N''), NCHAR(1) + NCHAR(2), N' '));
    SET @spelled = TRANSLATE(@spelled COLLATE Latin1_General_100_BIN2, N'XTZ', N'xtz');

    -- The collation of the database decides nothing from here on: these few it tells apart.
    IF @spelled COLLATE Latin1_General_100_BIN2 LIKE CONCAT(N'%[^-0-9xtz+:., ', NCHAR(8722), N']%')
    BEGIN
        INSERT INTO @bound (earliest, latest, time_precision) VALUES (NULL, NULL, @precision);
        RETURN;
    END;
    -- The sign that stands before an offset only.
    SET @spelled = REPLACE(@spelled, NCHAR(8722), N'm');
    SET @at = CHARINDEX(N'-', @spelled COLLATE Latin1_General_100_BIN2);
    SET @head = IIF(@at = 0, @spelled, LEFT(@spelled, @at - 1));
    SET @rest = IIF(@at = 0, N'', SUBSTRING(@spelled, @at, 300));
    IF @head IN (RIGHT(@head, 4), N'+' + RIGHT(@head, 4), N'+0' + RIGHT(@head, 4), N'+00' + RIGHT(@head, 4))
        AND LEN(@head + N'.') > 4
        AND (RIGHT(@head, 4) COLLATE Latin1_General_100_BIN2 LIKE N'[0-9][0-9][0-9][0-9x]'
            OR RIGHT(@head, 4) COLLATE Latin1_General_100_BIN2 LIKE N'[0-9][0-9]xx')
        AND (@rest COLLATE Latin1_General_100_BIN2 = N'' OR @rest COLLATE Latin1_General_100_BIN2 LIKE N'-[0-9][0-9]' OR @rest = N'-xx'
            OR (@rest COLLATE Latin1_General_100_BIN2 LIKE N'-[0-9][0-9]-%' OR @rest LIKE N'-xx-%')
                AND (SUBSTRING(@rest, 5, 2) COLLATE Latin1_General_100_BIN2 LIKE N'[0-9][0-9]' OR SUBSTRING(@rest, 5, 2) = N'xx')
                AND (LEN(@rest) = 6 OR SUBSTRING(@rest, 7, 300) COLLATE Latin1_General_100_BIN2 LIKE N'[t ]_%'))
        SELECT @year = RIGHT(@head, 4), @month = NULLIF(SUBSTRING(@rest, 2, 2) COLLATE Latin1_General_100_BIN2, N''),
            @day = NULLIF(SUBSTRING(@rest, 5, 2) COLLATE Latin1_General_100_BIN2, N''),
            @time = NULLIF(SUBSTRING(@rest, 7, 300) COLLATE Latin1_General_100_BIN2, N'');
    ELSE IF @spelled COLLATE Latin1_General_100_BIN2 LIKE N'[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]%'
        AND (LEN(@spelled) = 8 OR SUBSTRING(@spelled, 9, 300) LIKE N't_%')
        SELECT @year = LEFT(@spelled, 4), @month = SUBSTRING(@spelled, 5, 2), @day = SUBSTRING(@spelled, 7, 2),
            @time = NULLIF(SUBSTRING(@spelled, 9, 300) COLLATE Latin1_General_100_BIN2, N'');

    -- The time of day: hour, minute, second and its fraction, then Z or an offset.
    IF @time IS NOT NULL
    BEGIN
        SET @rest = SUBSTRING(@time, 2, 300);
        SET @at = CASE
            WHEN @rest LIKE N'%z' THEN 1
            WHEN @rest COLLATE Latin1_General_100_BIN2 LIKE N'%[-+m][0-9][0-9]' THEN 3
            WHEN @rest COLLATE Latin1_General_100_BIN2 LIKE N'%[-+m][0-9][0-9][0-9][0-9]' THEN 5
            WHEN @rest COLLATE Latin1_General_100_BIN2 LIKE N'%[-+m][0-9][0-9]:[0-9][0-9]' THEN 6
            ELSE 0 END;
        SET @rest = LEFT(@rest, LEN(@rest) - @at);
        -- LEN does not count a blank before the offset.
        IF @at > 1
            SET @rest = LEFT(@rest, LEN(@rest));
        ELSE IF LEN(@rest + N'.') > LEN(@rest) + 1
            SET @year = NULL;
        SET @at = PATINDEX(N'%[.,]%', @rest COLLATE Latin1_General_100_BIN2);
        SET @head = IIF(@at = 0, @rest, LEFT(@rest, @at - 1));
        SET @time = REPLACE(@head, N':', N'');
        IF @at > 0 AND (LEN(@time) <> 6 OR SUBSTRING(@rest, @at + 1, 300) COLLATE Latin1_General_100_BIN2 = N''
            OR SUBSTRING(@rest, @at + 1, 300) COLLATE Latin1_General_100_BIN2 LIKE N'%[^0-9]%')
            SET @year = NULL;
        IF @head NOT IN (@time, COALESCE(STUFF(@time, 3, 0, N':'), N''), COALESCE(STUFF(@time, 5, 0, N':'), N''),
            COALESCE(STUFF(STUFF(@time, 5, 0, N':'), 3, 0, N':'), N''))
            OR @head LIKE N'%:' OR @time COLLATE Latin1_General_100_BIN2 LIKE N'%[^0-9]%' OR LEN(@time + N'.') NOT IN (3, 5, 7)
            SET @year = NULL;
        SET @time = LEFT(@time + N'0000', 6);
        IF @day = N'xx' OR @time > N'240000' OR @time < N'240000' AND (SUBSTRING(@time, 3, 2) > N'59' OR RIGHT(@time, 2) > N'60')
            SET @year = NULL;
    END;

    SELECT @head = REPLACE(@year, N'x', N'0'), @rest = REPLACE(@year, N'x', N'9');
    -- A day in an unknown month says nothing that a year does not.
    IF @year IS NOT NULL AND @head <> N'0000' AND NOT (@month = N'xx' AND COALESCE(@day, N'xx') <> N'xx')
        AND (COALESCE(@month, N'xx') = N'xx' OR @year NOT LIKE N'%x' AND @month BETWEEN N'01' AND N'12')
    BEGIN
        SELECT @month = NULLIF(@month, N'xx'), @day = NULLIF(@day, N'xx');
        IF @month IS NULL
            SELECT @precision = CASE WHEN @year LIKE N'%xx' THEN N'century' WHEN @year LIKE N'%x' THEN N'decade' ELSE N'year' END,
                @earliest = DATEFROMPARTS(CONVERT(int, @head), 1, 1), @latest = DATEFROMPARTS(CONVERT(int, @rest), 12, 31);
        ELSE
        BEGIN
            SET @days = DAY(EOMONTH(DATEFROMPARTS(CONVERT(int, @head), CONVERT(int, @month), 1)));
            IF @day IS NULL OR CONVERT(int, @day) BETWEEN 1 AND @days
                SELECT @precision = IIF(@day IS NULL, N'month', N'day'),
                    @earliest = DATEFROMPARTS(CONVERT(int, @head), CONVERT(int, @month), COALESCE(CONVERT(int, @day), 1)),
                    @latest = DATEFROMPARTS(CONVERT(int, @head), CONVERT(int, @month), COALESCE(CONVERT(int, @day), @days));
        END;
    END;
    INSERT INTO @bound (earliest, latest, time_precision) VALUES (@earliest, @latest, @precision);
    RETURN;
END;
