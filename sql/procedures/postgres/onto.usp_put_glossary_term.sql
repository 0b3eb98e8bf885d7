-- Purpose:     make a term of the business, or change one.
-- Parameters:  p_datasource; p_term, capitalised and spaced in any way; p_document {term: another name, definition, sql_pattern,
--              sql_is_valid, sql_error, base_table, columns_used, filters: [{column, operator, values}], aggregation, aliases}: what
--              is not named stays, and null removes it; p_is_new true: there has to be none yet, false: there has to be one, null:
--              either; p_source user or learned; p_by who says so, default the login; p_is_import logs it as an import; p_now UTC.
-- Returns:     glossary_term_id, created.
-- Errors:      NOT_FOUND for a datasource without ontology or a term that is not there, INVALID_STATE for one that is there or a
--              name that another has, INVALID_PAYLOAD.
-- Idempotency: the same again changes nothing. A term that somebody puts is theirs: suggestions do not overwrite it.
CREATE OR REPLACE FUNCTION onto.usp_put_glossary_term(
    p_datasource text, p_term text, p_document jsonb, p_is_new boolean DEFAULT NULL, p_source text DEFAULT 'user',
    p_by text DEFAULT NULL, p_is_import boolean DEFAULT false, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (glossary_term_id bigint, created boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now      timestamptz := coalesce(p_now, clock_timestamp());
    v_key      text := onto.fn_term_key(p_term);
    v_fault    text := onto.fn_term_fault(p_term, p_document);
    v_ontology bigint;
    v_is_there boolean;
BEGIN
    IF v_fault IS NULL AND p_source IN ('user', 'learned', 'llm_suggested') IS NOT TRUE THEN
        v_fault := 'the source of a term is user or learned';
    END IF;
    IF v_fault IS NOT NULL THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: %', v_fault USING ERRCODE = 'SR004';
    END IF;
    -- Two that make the same term wait for each other.
    SELECT o.ontology_id INTO v_ontology FROM onto.ontology AS o WHERE o.datasource = p_datasource FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'NOT_FOUND: the datasource % has no ontology', p_datasource USING ERRCODE = 'SR012',
            HINT = 'sproute ontology extract makes it.';
    END IF;
    v_is_there := EXISTS (SELECT 1 FROM onto.glossary_term AS g WHERE g.ontology_id = v_ontology AND g.term_key = v_key COLLATE "C");
    IF v_is_there AND p_is_new THEN
        RAISE EXCEPTION 'INVALID_STATE: there is a term % already', onto.fn_term_name(p_term) USING ERRCODE = 'SR010',
            HINT = 'sproute ontology glossary edit changes it.';
    ELSIF NOT v_is_there AND NOT p_is_new THEN
        RAISE EXCEPTION 'NOT_FOUND: there is no term %', p_term USING ERRCODE = 'SR012', HINT = 'sproute ontology glossary ls lists them.';
    ELSIF NOT v_is_there AND NOT p_document ? 'definition' THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: a new term has a definition' USING ERRCODE = 'SR004';
    END IF;
    RETURN QUERY
    SELECT onto.usp_write_glossary_term(v_ontology, v_key,
        CASE WHEN v_is_there THEN p_document ELSE jsonb_build_object('term', p_term) || p_document END, p_source,
        coalesce(nullif(btrim(p_by), ''), session_user),
        CASE WHEN p_is_import THEN 'import' WHEN p_source = 'user' THEN 'human' ELSE 'agent' END, NULL, NULL, v_now), NOT v_is_there;
END
$$;
