-- Purpose:     take an edit back: what runs infer counts again.
-- Parameters:  p_datasource, p_target_kind, p_target_key, p_field as in onto.usp_put_override; p_source human or agent; p_by who
--              says so, default the login; p_now UTC.
-- Returns:     deleted.
-- Errors:      NOT_FOUND for a datasource without ontology, INVALID_PAYLOAD for a field that cannot be edited.
-- Idempotency: yes.
CREATE OR REPLACE FUNCTION onto.usp_delete_override(
    p_datasource text, p_target_kind text, p_target_key text, p_field text, p_source text DEFAULT 'human',
    p_by text DEFAULT NULL, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (deleted boolean)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT e.changed
    FROM onto.usp_apply_edits(p_datasource,
        jsonb_build_array(jsonb_build_object('target_kind', p_target_kind, 'target_key', p_target_key, 'field', p_field, 'is_removed', true)),
        p_source, p_by, false, p_now) AS e;
$$;
