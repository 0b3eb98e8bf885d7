-- Purpose:     a term as the change log tells of it; internal.
-- Parameters:  p_ontology_id, p_term_key.
-- Returns:     {term, definition, sql_pattern, base_table, columns_used, filters, aggregation, aliases, source}; null if there is
--              no such term.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION onto.fn_term_document(p_ontology_id bigint, p_term_key text)
RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object('term', g.term, 'definition', g.definition, 'sql_pattern', g.sql_pattern, 'base_table', g.base_table,
        'columns_used', g.columns_used, 'filters', g.filters, 'aggregation', g.aggregation, 'source', g.source,
        'aliases', coalesce((SELECT jsonb_agg(a.alias ORDER BY a.alias) FROM onto.glossary_alias AS a
                             WHERE a.glossary_term_id = g.glossary_term_id), '[]'))
    FROM onto.glossary_term AS g
    WHERE g.ontology_id = p_ontology_id AND g.term_key = p_term_key COLLATE "C";
$$;
