-- Purpose:     the change log of an ontology, newest first.
-- Parameters:  p_ontology_id; p_target_kind, p_target_key (also of what lies in it: a table's columns), p_field, p_source, p_dag_id,
--              p_since UTC: null for all; p_limit.
-- Returns:     change_id, target_kind, target_key, field, before, after, source, changed_by, changed_at, run_id, dag_id.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION onto.usp_read_changes(
    p_ontology_id bigint, p_target_kind text DEFAULT NULL, p_target_key text DEFAULT NULL, p_field text DEFAULT NULL,
    p_source text DEFAULT NULL, p_dag_id bigint DEFAULT NULL, p_since timestamptz DEFAULT NULL, p_limit integer DEFAULT 100)
RETURNS TABLE (
    change_id bigint, target_kind text, target_key text, field text, before jsonb, after jsonb, source text, changed_by text,
    changed_at timestamptz, run_id uuid, dag_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
    SELECT l.change_id, l.target_kind, l.target_key, l.field, l.before, l.after, l.source, l.changed_by, l.changed_at, l.run_id, l.dag_id
    FROM onto.change_log AS l
    WHERE l.ontology_id = p_ontology_id AND (p_target_kind IS NULL OR l.target_kind = p_target_kind)
      AND (p_target_key IS NULL OR l.target_key = p_target_key OR left(l.target_key, length(p_target_key) + 1) = p_target_key || '.')
      AND (p_field IS NULL OR l.field = p_field) AND (p_source IS NULL OR l.source = p_source)
      AND (p_dag_id IS NULL OR l.dag_id = p_dag_id) AND (p_since IS NULL OR l.changed_at >= p_since)
    ORDER BY l.change_id DESC
    LIMIT p_limit;
$$;
