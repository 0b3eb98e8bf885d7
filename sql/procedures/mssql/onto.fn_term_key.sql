-- Purpose:     what a term is known by: its name in lower case.
-- Parameters:  @term.
-- Returns:     the key.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR ALTER FUNCTION onto.fn_term_key (@term nvarchar(max))
RETURNS nvarchar(max)
AS
BEGIN
    RETURN LOWER(onto.fn_term_name(@term) COLLATE Latin1_General_100_BIN2);
END;
