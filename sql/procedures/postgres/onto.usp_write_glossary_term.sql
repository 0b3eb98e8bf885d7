-- Purpose:     make a term or change one, and log it; internal. The caller holds the ontology.
-- Parameters:  p_ontology_id; p_term_key of the one to change, or of the new one; p_document as in onto.usp_put_glossary_term;
--              p_source user, llm_suggested or learned; p_by; p_change_source as onto.usp_log_changes takes it; p_run_id, p_dag_id;
--              p_now UTC.
-- Returns:     glossary_term_id.
-- Errors:      INVALID_STATE for a name that another term has.
-- Idempotency: the same again changes nothing.
CREATE OR REPLACE FUNCTION onto.usp_write_glossary_term(
    p_ontology_id bigint, p_term_key text, p_document jsonb, p_source text, p_by text, p_change_source text, p_run_id uuid,
    p_dag_id bigint, p_now timestamptz)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_before jsonb := onto.fn_term_document(p_ontology_id, p_term_key);
    v_key    text := onto.usp_store_glossary_term(p_ontology_id, p_term_key, p_document, p_source, p_by, p_run_id, p_now);
    v_clash  text := onto.fn_name_clash(p_ontology_id, jsonb_build_array(v_key));
    v_count  bigint;
BEGIN
    IF v_clash IS NOT NULL THEN
        RAISE EXCEPTION 'INVALID_STATE: %', v_clash USING ERRCODE = 'SR010', HINT = 'Choose another name, or edit that term.';
    END IF;
    -- A statement of its own: beside AND p_dag_id IS NULL it would not be called where that is known to be false.
    v_count := onto.usp_log_changes(p_ontology_id, (
        SELECT jsonb_agg(jsonb_build_object('target_kind', 'term', 'target_key', v_key, 'field', f.key,
            'before', v_before -> f.key, 'after', f.value))
        FROM jsonb_each(onto.fn_term_document(p_ontology_id, v_key)) AS f
        WHERE coalesce(v_before -> f.key, '[]') <> f.value), p_change_source, p_run_id, p_dag_id, p_now,
        CASE WHEN p_run_id IS NULL THEN p_by END);
    IF v_count > 0 AND p_dag_id IS NULL THEN
        PERFORM onto.usp_raise_version(p_ontology_id, NULL, p_now);
    END IF;
    RETURN (SELECT g.glossary_term_id FROM onto.glossary_term AS g
            WHERE g.ontology_id = p_ontology_id AND g.term_key = v_key COLLATE "C");
END
$$;
