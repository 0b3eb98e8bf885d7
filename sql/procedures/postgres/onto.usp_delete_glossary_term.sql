-- Purpose:     remove a term of the business.
-- Parameters:  p_datasource; p_term, capitalised and spaced in any way; p_by who says so, default the login; p_now UTC.
-- Returns:     deleted: whether there was one.
-- Errors:      NOT_FOUND for a datasource without ontology.
-- Idempotency: yes. It is not suggested again: the change log remembers who removed it.
CREATE OR REPLACE FUNCTION onto.usp_delete_glossary_term(p_datasource text, p_term text, p_by text DEFAULT NULL, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (deleted boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_now      timestamptz := coalesce(p_now, clock_timestamp());
    v_key      text := onto.fn_term_key(p_term);
    v_ontology bigint;
    v_before   jsonb;
BEGIN
    SELECT o.ontology_id INTO v_ontology FROM onto.ontology AS o WHERE o.datasource = p_datasource FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'NOT_FOUND: the datasource % has no ontology', p_datasource USING ERRCODE = 'SR012',
            HINT = 'sproute ontology extract makes it.';
    END IF;
    v_before := onto.fn_term_document(v_ontology, v_key);
    IF v_before IS NULL THEN
        RETURN QUERY SELECT false;
        RETURN;
    END IF;
    DELETE FROM onto.glossary_alias AS a USING onto.glossary_term AS g
    WHERE g.glossary_term_id = a.glossary_term_id AND g.ontology_id = v_ontology AND g.term_key = v_key COLLATE "C";
    DELETE FROM onto.glossary_term AS g WHERE g.ontology_id = v_ontology AND g.term_key = v_key COLLATE "C";
    PERFORM onto.usp_log_changes(v_ontology, jsonb_build_array(jsonb_build_object('target_kind', 'term', 'target_key', v_key,
        'field', 'exists', 'before', v_before, 'after', NULL)), 'human', NULL, NULL, v_now, p_by);
    PERFORM onto.usp_raise_version(v_ontology, NULL, v_now);
    RETURN QUERY SELECT true;
END
$$;
