-- Purpose:     take an edit back: what runs infer counts again.
-- Parameters:  p_datasource, p_target_kind, p_target_key, p_field as in onto.usp_put_override; p_source human or agent; p_now UTC.
-- Returns:     deleted.
-- Errors:      NOT_FOUND for a datasource without ontology.
-- Idempotency: yes.
CREATE OR REPLACE FUNCTION onto.usp_delete_override(
    p_datasource text, p_target_kind text, p_target_key text, p_field text, p_source text DEFAULT 'human',
    p_now timestamptz DEFAULT NULL)
RETURNS TABLE (deleted boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_ontology bigint;
    v_before   jsonb;
    v_count    integer;
BEGIN
    SELECT o.ontology_id INTO v_ontology FROM onto.ontology AS o WHERE o.datasource = p_datasource FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'NOT_FOUND: the datasource % has no ontology', p_datasource USING ERRCODE = 'SR012';
    END IF;
    v_before := onto.fn_effective_value(v_ontology, p_target_kind, p_target_key, p_field);
    DELETE FROM onto.override AS v
    WHERE v.ontology_id = v_ontology AND v.target_kind = p_target_kind AND v.target_key = p_target_key AND v.field = p_field
      AND v.source = p_source;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    PERFORM onto.usp_log_changes(v_ontology, jsonb_build_array(jsonb_build_object('target_kind', p_target_kind,
            'target_key', p_target_key, 'field', p_field, 'before', v_before,
            'after', onto.fn_effective_value(v_ontology, p_target_kind, p_target_key, p_field))),
        p_source, NULL, NULL, coalesce(p_now, clock_timestamp()));
    RETURN QUERY SELECT v_count > 0;
END
$$;
