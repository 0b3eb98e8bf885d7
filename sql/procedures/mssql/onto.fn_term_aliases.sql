-- Purpose:     other names of a term as they are kept: each once however it is written, none that is the term's own.
-- Parameters:  @term_key; @aliases json array of texts, null for none.
-- Returns:     json array of texts, in order.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR ALTER FUNCTION onto.fn_term_aliases (@term_key nvarchar(max), @aliases nvarchar(max))
RETURNS nvarchar(max)
AS
BEGIN
    RETURN (
        SELECT CONCAT(N'[', STRING_AGG(llm.fn_json_string(a.alias), N',') WITHIN GROUP (ORDER BY a.alias), N']')
        FROM (
            SELECT MIN(k.alias) AS alias
            FROM (
                SELECT CONVERT(nvarchar(4000), onto.fn_term_name(n.[value])) COLLATE Latin1_General_100_BIN2 AS alias,
                    CONVERT(nvarchar(4000), onto.fn_term_key(n.[value])) COLLATE Latin1_General_100_BIN2 AS alias_key
                FROM OPENJSON(CASE WHEN ISJSON(@aliases) = 1 THEN @aliases END) AS n
            ) AS k
            WHERE k.alias_key NOT IN (N'', @term_key)
            GROUP BY k.alias_key
        ) AS a);
END;
