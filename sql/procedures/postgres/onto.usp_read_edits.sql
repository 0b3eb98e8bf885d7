-- Purpose:     the edits of an ontology, also of what is gone from the schema.
-- Parameters:  p_ontology_id; p_pending only those under which a run found something else since (onto.vw_kept_edit).
-- Returns:     override_id, target_kind, target_key, field, source, value, based_on, inferred (what a run found last), is_pending,
--              is_known (its target is there now), updated_by, updated_at; by target.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION onto.usp_read_edits(p_ontology_id bigint, p_pending boolean DEFAULT false)
RETURNS TABLE (
    override_id bigint, target_kind text, target_key text, field text, source text, value jsonb, based_on jsonb, inferred jsonb,
    is_pending boolean, is_known boolean, updated_by text, updated_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
    SELECT e.override_id, e.target_kind, e.target_key, e.field, e.source, e.value, e.based_on, e.inferred, coalesce(e.is_pending, false),
        e.is_known, e.updated_by, e.updated_at
    FROM onto.vw_kept_edit AS e
    WHERE e.ontology_id = p_ontology_id AND (NOT p_pending OR e.is_pending)
    ORDER BY e.target_kind COLLATE "C", e.target_key, e.field, e.source DESC;
$$;
