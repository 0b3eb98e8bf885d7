-- Purpose:     why a document is no term, in a sentence; internal.
-- Parameters:  p_term; p_document as in onto.usp_put_glossary_term.
-- Returns:     the fault; null if there is none.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR REPLACE FUNCTION onto.fn_term_fault(p_term text, p_document jsonb)
RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN btrim(coalesce(p_term, '')) = '' OR length(p_term) > 200 THEN 'a term has 1 to 200 characters'
        WHEN jsonb_typeof(p_document) IS DISTINCT FROM 'object' THEN 'a term is a json object'
        WHEN d.wrong IS NOT NULL THEN d.wrong || ' is no field of a term; those are term, definition, sql_pattern, sql_is_valid, sql_error, base_table, columns_used, filters, aggregation, aliases'
        WHEN p_document ? 'term' AND (jsonb_typeof(p_document -> 'term') <> 'string' OR btrim(p_document ->> 'term') = '' OR length(p_document ->> 'term') > 200)
            THEN 'a term has 1 to 200 characters'
        WHEN p_document ? 'definition' AND (jsonb_typeof(p_document -> 'definition') <> 'string' OR btrim(p_document ->> 'definition') = '')
            THEN 'definition is a text that is not empty'
        WHEN length(p_document ->> 'definition') > 4000 THEN 'definition has 4000 characters at most'
        WHEN length(p_document ->> 'sql_pattern') > 20000 THEN 'sql_pattern has 20000 characters at most'
        WHEN d.no_text IS NOT NULL THEN d.no_text || ' is a text'
        WHEN jsonb_typeof(p_document -> 'sql_is_valid') NOT IN ('boolean', 'null') THEN 'sql_is_valid is true or false'
        WHEN d.no_list IS NOT NULL THEN d.no_list || ' is a json array'
        WHEN jsonb_path_exists(p_document, '$.aliases[*] ? (@.type() != "string" || @ == "")')
            OR jsonb_path_exists(p_document, '$.columns_used[*] ? (@.type() != "string" || @ == "")')
            THEN 'aliases and columns_used are lists of texts that are not empty'
        WHEN jsonb_path_exists(p_document, '$.filters[*] ? (@.type() != "object" || !exists(@.column) || !exists(@.operator))', silent => true)
            THEN 'filters is a list of {column, operator, values}'
        END
    FROM (
        SELECT
            min(f.key) FILTER (WHERE f.key NOT IN ('term', 'definition', 'sql_pattern', 'sql_is_valid', 'sql_error', 'base_table',
                'columns_used', 'filters', 'aggregation', 'aliases')) AS wrong,
            min(f.key) FILTER (WHERE f.key IN ('sql_pattern', 'sql_error', 'base_table', 'aggregation')
                AND jsonb_typeof(f.value) NOT IN ('string', 'null')) AS no_text,
            min(f.key) FILTER (WHERE f.key IN ('aliases', 'columns_used', 'filters') AND jsonb_typeof(f.value) <> 'array') AS no_list
        FROM jsonb_each(CASE jsonb_typeof(p_document) WHEN 'object' THEN p_document ELSE '{}' END) AS f
    ) AS d;
$$;
