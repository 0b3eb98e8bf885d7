-- Purpose:     set one field of an ontology, a column, a relationship or an entity; it stays set, whatever runs infer.
-- Parameters:  p_datasource; p_target_kind ontology, column, relationship or entity; p_target_key its natural key ('ontology',
--              table_key.column_key, relationship_key, table_key); p_field, p_value json as in onto.fn_override_fault, an empty
--              text blanks a text; p_source human or agent; p_by who says so, default the login; p_is_import logs it as an
--              import; p_now UTC.
-- Returns:     override_id; changed: whether the edit is new or says something else than before.
-- Errors:      NOT_FOUND for a datasource without ontology or a target that is not there, INVALID_PAYLOAD.
-- Idempotency: the same edit again changes nothing but what it is based on. Values of a column that becomes sensitive are
--              erased at once.
CREATE OR REPLACE FUNCTION onto.usp_put_override(
    p_datasource text, p_target_kind text, p_target_key text, p_field text, p_value jsonb, p_source text DEFAULT 'human',
    p_by text DEFAULT NULL, p_is_import boolean DEFAULT false, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (override_id bigint, changed boolean)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT e.override_id, e.changed
    FROM onto.usp_apply_edits(p_datasource,
        jsonb_build_array(jsonb_build_object('target_kind', p_target_kind, 'target_key', p_target_key, 'field', p_field, 'value', p_value)),
        p_source, p_by, p_is_import, p_now) AS e;
$$;
