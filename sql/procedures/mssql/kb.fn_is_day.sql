-- Purpose:     whether a json value is a day as the worker writes it, or is not there.
-- Parameters:  @value, json: a string in its quotes.
-- Returns:     1 for null, json null, and a string YYYY-MM-DD that is in the calendar.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR ALTER FUNCTION kb.fn_is_day (@value nvarchar(max))
RETURNS bit
AS
BEGIN
    RETURN CASE
        WHEN @value IS NULL OR @value = N'null' THEN 1
        WHEN @value COLLATE Latin1_General_100_BIN2 LIKE N'"[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"'
            AND TRY_CONVERT(date, SUBSTRING(@value, 2, 10), 23) IS NOT NULL THEN 1
        ELSE 0 END;
END;
