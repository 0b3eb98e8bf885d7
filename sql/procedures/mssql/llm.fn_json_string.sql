-- Purpose:     a text as JSON writes it, in quotes; internal. SQL Server alone: PostgreSQL has to_jsonb.
-- Parameters:  @text.
-- Returns:     the JSON; null for null. A slash stays one: STRING_ESCAPE would put a backslash before it, which no program that
--              writes JSON does, and texts are compared.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR ALTER FUNCTION llm.fn_json_string (@text nvarchar(max))
RETURNS nvarchar(max)
AS
BEGIN
    -- By code: under a collation that tells no widths apart, other quotes would be taken for one.
    RETURN N'"' + CASE
        WHEN CHARINDEX(N'\', @text COLLATE Latin1_General_100_BIN2) > 0
            OR @text COLLATE Latin1_General_100_BIN2 LIKE N'%[' + NCHAR(1) + N'-' + NCHAR(31) + N']%'
            THEN REPLACE(STRING_ESCAPE(@text, N'json') COLLATE Latin1_General_100_BIN2, N'\/', N'/')
        ELSE REPLACE(@text COLLATE Latin1_General_100_BIN2, N'"', N'\"') END + N'"';
END;
