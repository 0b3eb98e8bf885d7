-- Purpose:     the length of a text as JavaScript counts it, in UTF-16 units: characters beyond the basic plane count twice.
-- Parameters:  @text.
-- Returns:     units.
-- Errors:      none.
-- Idempotency: pure.
-- LEN takes no account of blanks at the end, and counts units under a collation that knows no supplementary characters.
CREATE OR ALTER FUNCTION kb.fn_utf16_length (@text nvarchar(max))
RETURNS int
AS
BEGIN
    RETURN CONVERT(int, LEN((@text + N'.') COLLATE Latin1_General_100_BIN2) - 1);
END;
