-- Purpose:     what is inferred of fields, and what counts of them now; internal.
-- Parameters:  p_ontology_id; p_fields json array of {target_kind, target_key, field}, repetitions allowed.
-- Returns:     each field once: target_kind, target_key, field, is_known (there is such a thing now), inferred, value (an edit if
--              there is one, else what is inferred).
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION onto.fn_field_values(p_ontology_id bigint, p_fields jsonb)
RETURNS TABLE (target_kind text, target_key text, field text, is_known boolean, inferred jsonb, value jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
    SELECT f.target_kind, f.target_key, f.field, i.field IS NOT NULL, i.value, coalesce(e.value, i.value)
    FROM (
        SELECT DISTINCT r.target_kind, r.target_key, r.field
        FROM jsonb_to_recordset(p_fields) AS r (target_kind text, target_key text, field text)
    ) AS f
    LEFT JOIN (
        -- Of the tables that are meant alone.
        SELECT v.* FROM onto.vw_inferred_value AS v
        WHERE v.schema_table_id IS NULL OR v.schema_table_id = ANY (ARRAY (
            SELECT t.schema_table_id FROM onto.schema_table AS t
            JOIN (SELECT DISTINCT r.target_key FROM jsonb_to_recordset(p_fields) AS r (target_key text)) AS k
                ON left(k.target_key, length(t.table_key)) = t.table_key
            WHERE t.ontology_id = p_ontology_id))
    ) AS i
        ON i.ontology_id = p_ontology_id AND i.target_kind = f.target_kind AND i.target_key = f.target_key AND i.field = f.field
    LEFT JOIN onto.vw_active_edit AS e
        ON e.ontology_id = p_ontology_id AND e.target_kind = f.target_kind AND e.target_key = f.target_key AND e.field = f.field;
$$;
