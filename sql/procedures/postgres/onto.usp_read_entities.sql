-- Purpose:     what the tables of an ontology stand for, with edits over what was inferred.
-- Parameters:  p_ontology_id; p_table_key null for all.
-- Returns:     rows of onto.vw_entity, by key.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION onto.usp_read_entities(p_ontology_id bigint, p_table_key text DEFAULT NULL)
RETURNS TABLE (
    table_key text, kind text, subtype_of text, name text, description text, domain text, aliases jsonb, key_columns jsonb,
    confidence numeric, edited text)
-- Planned anew each time: for all rows or for a few of them.
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
    SELECT
        e.table_key, e.kind, e.subtype_of, e.name, e.description, e.domain, e.aliases, e.key_columns, e.confidence,
        e.edited
    FROM onto.vw_entity AS e
    WHERE e.ontology_id = p_ontology_id AND (p_table_key IS NULL OR e.table_key = p_table_key)
    ORDER BY e.table_key;
$$;
