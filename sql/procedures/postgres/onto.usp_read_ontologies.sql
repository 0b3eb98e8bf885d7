-- Purpose:     the ontologies with edits over what was inferred.
-- Parameters:  p_datasource null for all.
-- Returns:     rows of onto.vw_ontology, by key.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION onto.usp_read_ontologies(p_datasource text DEFAULT NULL)
RETURNS TABLE (
    ontology_id bigint, datasource text, engine text, version integer, fingerprint text, description text,
    primary_domains jsonb, conventions jsonb, visible_tables integer, declared_foreign_keys integer, skipped jsonb,
    changed_at timestamptz, created_at timestamptz, edited text)
-- Planned anew each time: for all rows or for a few of them.
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
    SELECT
        o.ontology_id, o.datasource, o.engine, o.version, o.fingerprint, o.description, o.primary_domains, o.conventions,
        o.visible_tables, o.declared_foreign_keys, o.skipped, o.changed_at, o.created_at, o.edited
    FROM onto.vw_ontology AS o
    WHERE p_datasource IS NULL OR o.datasource = p_datasource
    ORDER BY o.datasource;
$$;
