-- Purpose:     the keys of a time that is loaded with SQL, as the worker makes them (src/knowledge/time-bound.ts).
-- Parameters:  @name of the property ('start'); @text; @given the key that was passed, if any.
-- Returns:     json {<name>_key, <name>_precision, <name>_earliest, <name>_latest}; {} for a blank text; null if the text is
--              not ASCII and came without its key.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR ALTER FUNCTION kb.fn_loaded_time (@name nvarchar(100), @text nvarchar(max), @given nvarchar(max))
RETURNS nvarchar(max)
AS
BEGIN
    IF @text IS NULL
        OR TRIM(NCHAR(9) + NCHAR(10) + NCHAR(11) + NCHAR(12) + NCHAR(13) + N' ' FROM @text COLLATE Latin1_General_100_BIN2) = N''
        RETURN N'{}';
    DECLARE @key nvarchar(max) = kb.fn_loaded_key(@text, N'name', @given), @spelled nvarchar(max), @keys nvarchar(max);
    IF @key IS NULL
        RETURN NULL;
    -- The shortest spelling of a date; times of one day are not the same. A longer text is no date whatever it comes to.
    SELECT @spelled = CASE b.time_precision
            WHEN N'century' THEN LEFT(d.earliest, 2) + N'xx'
            WHEN N'decade' THEN LEFT(d.earliest, 3) + N'x'
            WHEN N'year' THEN LEFT(d.earliest, 4)
            WHEN N'month' THEN LEFT(d.earliest, 7)
            WHEN N'day' THEN IIF(@key COLLATE Latin1_General_100_BIN2 LIKE N'%[t ]%', @key, d.earliest)
            ELSE @key END,
        @keys = CONCAT(N',"', @name, N'_precision":"', COALESCE(b.time_precision, N'text'), N'"',
            N',"' + @name + N'_earliest":"' + d.earliest + N'"', N',"' + @name + N'_latest":"' + d.latest + N'"')
    FROM (SELECT 1 AS one) AS o
    OUTER APPLY kb.fn_time_bound(IIF(kb.fn_utf16_length(@text) <= 60, @key, REPLICATE(N'-', 61))) AS b
    CROSS APPLY (
        SELECT CONVERT(nvarchar(10), b.earliest, 23) COLLATE Latin1_General_100_BIN2 AS earliest,
            CONVERT(nvarchar(10), b.latest, 23) COLLATE Latin1_General_100_BIN2 AS latest
    ) AS d;
    RETURN CONCAT(N'{"', @name, N'_key":', llm.fn_json_string(@spelled), @keys, N'}');
END;
