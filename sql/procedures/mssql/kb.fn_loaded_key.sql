-- Purpose:     the key of a name or type that is loaded with SQL, as src/knowledge/name-key.ts makes it.
-- Parameters:  @text; @as 'name' or 'type'; @given the key that was passed, if any.
-- Returns:     the key, '' for null; null if the text wants one computed outside (it is not ASCII: NFKC is not SQL's).
-- Errors:      none.
-- Idempotency: pure.
-- Runs become one sign so: each is translated to U+E000, which no ASCII text has, every U+E000 gets a U+E001 behind it, and
-- where one pair follows another both signs between them go.
CREATE OR ALTER FUNCTION kb.fn_loaded_key (@text nvarchar(max), @as nvarchar(40), @given nvarchar(max))
RETURNS nvarchar(max)
AS
BEGIN
    RETURN (
        SELECT CASE
            WHEN @given IS NOT NULL THEN @given
            WHEN @text IS NULL THEN N''
            WHEN PATINDEX(N'%[^' + NCHAR(1) + N'-' + NCHAR(127) + N']%', @text COLLATE Latin1_General_100_BIN2) > 0 THEN NULL
            WHEN LEN(k.[key]) <= 999 THEN k.[key]
            ELSE LEFT(k.[key], 934) + N'~' + llm.fn_hex(HASHBYTES('SHA2_256', CONVERT(varchar(max), k.[key]))) END
        FROM (
            SELECT NCHAR(1) + NCHAR(2) + NCHAR(3) + NCHAR(4) + NCHAR(5) + NCHAR(6) + NCHAR(7) + NCHAR(8) + NCHAR(9) + NCHAR(10)
                + NCHAR(11) + NCHAR(12) + NCHAR(13) + NCHAR(14) + NCHAR(15) + NCHAR(16) + NCHAR(17) + NCHAR(18) + NCHAR(19)
                + NCHAR(20) + NCHAR(21) + NCHAR(22) + NCHAR(23) + NCHAR(24) + NCHAR(25) + NCHAR(26) + NCHAR(27) + NCHAR(28)
                + NCHAR(29) + NCHAR(30) + NCHAR(31) + NCHAR(32) + NCHAR(127) AS blanks
        ) AS b
        CROSS APPLY (
            SELECT TRIM(REPLACE(REPLACE(REPLACE(
                TRANSLATE(LOWER(@text COLLATE Latin1_General_100_BIN2), b.blanks COLLATE Latin1_General_100_BIN2,
                    REPLICATE(NCHAR(57344), 33)),
                NCHAR(57344), NCHAR(57344) + NCHAR(57345)), NCHAR(57345) + NCHAR(57344), N''), NCHAR(57344) + NCHAR(57345), N' ')) AS name
        ) AS n
        CROSS APPLY (
            SELECT CASE @as WHEN N'type' THEN TRIM(N'_' FROM REPLACE(REPLACE(REPLACE(
                    TRANSLATE(n.name, N' _-', REPLICATE(NCHAR(57344), 3)),
                    NCHAR(57344), NCHAR(57344) + NCHAR(57345)), NCHAR(57345) + NCHAR(57344), N''), NCHAR(57344) + NCHAR(57345), N'_'))
                ELSE n.name END AS [key]
        ) AS k);
END;
