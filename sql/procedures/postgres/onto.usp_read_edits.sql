-- Purpose:     the edits of an ontology, also of what is gone from the schema.
-- Parameters:  p_ontology_id; p_pending only those under which a run found something else since (onto.vw_pending_change).
-- Returns:     override_id, target_kind, target_key, field, source, value, based_on, inferred (what a run found last), is_pending,
--              is_known (its target is there now), updated_by, updated_at; by target.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION onto.usp_read_edits(p_ontology_id bigint, p_pending boolean DEFAULT false)
RETURNS TABLE (
    override_id bigint, target_kind text, target_key text, field text, source text, value jsonb, based_on jsonb, inferred jsonb,
    is_pending boolean, is_known boolean, updated_by text, updated_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
    SELECT v.override_id, v.target_kind, v.target_key, v.field, v.source, v.value, v.based_on, i.value, p.override_id IS NOT NULL,
        i.field IS NOT NULL, v.updated_by, v.updated_at
    FROM onto.override AS v
    LEFT JOIN onto.vw_inferred_value AS i
        ON i.ontology_id = v.ontology_id AND i.target_kind = v.target_kind AND i.target_key = v.target_key AND i.field = v.field
    LEFT JOIN onto.vw_pending_change AS p ON p.override_id = v.override_id
    WHERE v.ontology_id = p_ontology_id AND (NOT p_pending OR p.override_id IS NOT NULL)
    ORDER BY v.target_kind COLLATE "C", v.target_key, v.field, v.source DESC;
$$;
