-- Purpose:     the value of a field that counts now: the edit if there is one, else what is inferred; internal.
-- Parameters:  p_ontology_id, p_target_kind, p_target_key, p_field.
-- Returns:     json; null if there is neither.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION onto.fn_effective_value(p_ontology_id bigint, p_target_kind text, p_target_key text, p_field text)
RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(
        (SELECT e.value FROM onto.vw_active_edit AS e
         WHERE e.ontology_id = p_ontology_id AND e.target_kind = p_target_kind AND e.target_key = p_target_key AND e.field = p_field),
        (SELECT i.value FROM onto.vw_inferred_value AS i
         WHERE i.ontology_id = p_ontology_id AND i.target_kind = p_target_kind AND i.target_key = p_target_key AND i.field = p_field));
$$;
