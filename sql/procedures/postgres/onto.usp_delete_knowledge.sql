-- Purpose:     take back what a person said about the business.
-- Parameters:  p_datasource; p_knowledge_id; p_by who says so, default the login; p_now UTC.
-- Returns:     deleted: whether there was one.
-- Errors:      NOT_FOUND for a datasource without ontology.
-- Idempotency: yes.
CREATE OR REPLACE FUNCTION onto.usp_delete_knowledge(
    p_datasource text, p_knowledge_id bigint, p_by text DEFAULT NULL, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (deleted boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_now      timestamptz := coalesce(p_now, clock_timestamp());
    v_ontology bigint;
    v_about    text;
    v_fact     text;
BEGIN
    SELECT o.ontology_id INTO v_ontology FROM onto.ontology AS o WHERE o.datasource = p_datasource FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'NOT_FOUND: the datasource % has no ontology', p_datasource USING ERRCODE = 'SR012',
            HINT = 'sproute ontology extract makes it.';
    END IF;
    DELETE FROM onto.knowledge AS k WHERE k.ontology_id = v_ontology AND k.knowledge_id = p_knowledge_id
    RETURNING k.about, k.fact INTO v_about, v_fact;
    IF NOT FOUND THEN
        RETURN QUERY SELECT false;
        RETURN;
    END IF;
    PERFORM onto.usp_log_changes(v_ontology, jsonb_build_array(jsonb_build_object('target_kind', 'knowledge', 'target_key', v_about,
        'field', 'fact', 'before', v_fact, 'after', NULL)), 'human', NULL, NULL, v_now, p_by);
    PERFORM onto.usp_raise_version(v_ontology, NULL, v_now);
    RETURN QUERY SELECT true;
END
$$;
