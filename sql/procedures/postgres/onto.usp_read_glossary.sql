-- Purpose:     terms of the business and how they are computed.
-- Parameters:  p_ontology_id.
-- Returns:     rows of onto.vw_glossary, by term_key.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION onto.usp_read_glossary(p_ontology_id bigint)
RETURNS TABLE (
    glossary_term_id bigint, term_key text, term text, definition text, sql_pattern text, sql_is_valid boolean, sql_error text,
    base_table text, columns_used jsonb, filters jsonb, aggregation text, aliases jsonb, source text, created_by text,
    created_at timestamptz, updated_by text, updated_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT
        g.glossary_term_id, g.term_key, g.term, g.definition, g.sql_pattern, g.sql_is_valid, g.sql_error, g.base_table,
        g.columns_used, g.filters, g.aggregation, g.aliases, g.source, g.created_by, g.created_at, g.updated_by, g.updated_at
    FROM onto.vw_glossary AS g
    WHERE g.ontology_id = p_ontology_id
    ORDER BY g.term_key;
$$;
