-- Purpose:     why a document is no term, in a sentence; internal.
-- Parameters:  @term; @document as in onto.usp_put_glossary_term.
-- Returns:     the fault; null if there is none.
-- Errors:      none.
-- Idempotency: pure.
-- Characters are counted in UTF-16.
CREATE OR ALTER FUNCTION onto.fn_term_fault (@term nvarchar(max), @document nvarchar(max))
RETURNS nvarchar(max)
AS
BEGIN
    RETURN (
        SELECT CASE
            WHEN COALESCE(@term, N'') COLLATE Latin1_General_100_BIN2 = N'' OR LEN(CONCAT(@term, N'.')) > 201 THEN N'a term has 1 to 200 characters'
            WHEN d.is_object = 0 THEN N'a term is a json object'
            WHEN d.wrong IS NOT NULL THEN CONCAT(d.wrong, N' is no field of a term; those are term, definition, sql_pattern, sql_is_valid, sql_error, base_table, columns_used, filters, aggregation, aliases')
            WHEN d.bad_term = 1 THEN N'a term has 1 to 200 characters'
            WHEN d.bad_definition = 1 THEN N'definition is a text that is not empty'
            WHEN d.long_definition = 1 THEN N'definition has 4000 characters at most'
            WHEN d.long_pattern = 1 THEN N'sql_pattern has 20000 characters at most'
            WHEN d.no_text IS NOT NULL THEN CONCAT(d.no_text, N' is a text')
            WHEN d.bad_validity = 1 THEN N'sql_is_valid is true or false'
            WHEN d.no_list IS NOT NULL THEN CONCAT(d.no_list, N' is a json array')
            WHEN d.bad_texts = 1 THEN N'aliases and columns_used are lists of texts that are not empty'
            WHEN d.bad_filters = 1 THEN N'filters is a list of {column, operator, values}'
            END
        FROM (
            SELECT IIF(MAX(o.document) IS NULL, 0, 1) AS is_object,
                MIN(CASE WHEN f.[key] NOT IN (N'term', N'definition', N'sql_pattern', N'sql_is_valid', N'sql_error', N'base_table',
                    N'columns_used', N'filters', N'aggregation', N'aliases') THEN f.[key] END) AS wrong,
                MIN(CASE WHEN f.[key] IN (N'sql_pattern', N'sql_error', N'base_table', N'aggregation') AND f.[type] NOT IN (0, 1)
                    THEN f.[key] END) AS no_text,
                MIN(CASE WHEN f.[key] IN (N'aliases', N'columns_used', N'filters') AND f.[type] <> 4 THEN f.[key] END) AS no_list,
                MAX(CASE WHEN f.[key] = N'term' AND (f.[type] <> 1 OR f.[value] COLLATE Latin1_General_100_BIN2 = N''
                    OR LEN(CONCAT(f.[value], N'.')) > 201)
                    THEN 1 END) AS bad_term,
                MAX(CASE WHEN f.[key] = N'definition' AND (f.[type] <> 1 OR f.[value] COLLATE Latin1_General_100_BIN2 = N'')
                    THEN 1 END) AS bad_definition,
                MAX(CASE WHEN f.[key] = N'definition' AND LEN(CONCAT(f.[value], N'.')) > 4001 THEN 1 END) AS long_definition,
                MAX(CASE WHEN f.[key] = N'sql_pattern' AND LEN(CONCAT(f.[value], N'.')) > 20001 THEN 1 END) AS long_pattern,
                MAX(CASE WHEN f.[key] = N'sql_is_valid' AND f.[type] NOT IN (0, 3) THEN 1 END) AS bad_validity,
                MAX(CASE WHEN f.[key] IN (N'aliases', N'columns_used') AND f.[type] = 4 AND i.[type] IS NOT NULL
                    AND (i.[type] <> 1 OR DATALENGTH(i.[value]) = 0) THEN 1 END) AS bad_texts,
                MAX(CASE WHEN f.[key] = N'filters' AND f.[type] = 4 AND i.[type] IS NOT NULL
                    AND (i.[type] <> 5 OR COALESCE(x.fields, 0) < 2) THEN 1 END) AS bad_filters
            FROM (
                SELECT CASE WHEN ISJSON(@document) = 1 AND LEFT(TRIM(NCHAR(9) + NCHAR(10) + NCHAR(13) + N' ' FROM @document), 1) = N'{' THEN @document END AS document
            ) AS o
            OUTER APPLY OPENJSON(o.document) AS f
            OUTER APPLY OPENJSON(CASE WHEN f.[type] = 4 THEN f.[value] END) AS i
            OUTER APPLY (
                SELECT COUNT(*) AS fields
                FROM OPENJSON(CASE WHEN f.[key] = N'filters' AND i.[type] = 5 THEN i.[value] END) AS n
                WHERE n.[key] IN (N'column', N'operator')
            ) AS x
        ) AS d);
END;
