-- Purpose:     a term as the change log tells of it; internal.
-- Parameters:  @ontology_id, @term_key.
-- Returns:     {term, definition, sql_pattern, base_table, columns_used, filters, aggregation, aliases, source}; null if there is
--              no such term.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER FUNCTION onto.fn_term_document (@ontology_id bigint, @term_key nvarchar(max))
RETURNS nvarchar(max)
AS
BEGIN
    RETURN (
        SELECT CONCAT(
            N'{"term":', llm.fn_json_string(g.term), N',"definition":', llm.fn_json_string(g.definition),
            N',"sql_pattern":', COALESCE(llm.fn_json_string(g.sql_pattern), N'null'),
            N',"base_table":', COALESCE(llm.fn_json_string(g.base_table), N'null'),
            N',"columns_used":', g.columns_used, N',"filters":', g.filters,
            N',"aggregation":', COALESCE(llm.fn_json_string(g.aggregation), N'null'),
            N',"source":"', g.source, N'","aliases":[', (
                SELECT STRING_AGG(llm.fn_json_string(a.alias), N',') WITHIN GROUP (ORDER BY a.alias)
                FROM onto.glossary_alias AS a
                WHERE a.glossary_term_id = g.glossary_term_id), N']}')
        FROM onto.glossary_term AS g
        WHERE g.ontology_id = @ontology_id AND g.term_key = CONVERT(nvarchar(400), @term_key));
END;
