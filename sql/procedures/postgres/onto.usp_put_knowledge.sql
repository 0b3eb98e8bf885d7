-- Purpose:     keep what a person says about the business; it goes into the prompts.
-- Parameters:  p_datasource; p_fact 1 to 2000 characters; p_about the key of a table or of a column, empty: everything; p_by who
--              says so, default the login; p_is_import logs it as an import; p_now UTC.
-- Returns:     knowledge_id, created: whether it was not there yet.
-- Errors:      NOT_FOUND for a datasource without ontology or a key that is not there, INVALID_PAYLOAD.
-- Idempotency: the same fact about the same thing is kept once.
CREATE OR REPLACE FUNCTION onto.usp_put_knowledge(
    p_datasource text, p_fact text, p_about text DEFAULT '', p_by text DEFAULT NULL, p_is_import boolean DEFAULT false,
    p_now timestamptz DEFAULT NULL)
RETURNS TABLE (knowledge_id bigint, created boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now      timestamptz := coalesce(p_now, clock_timestamp());
    v_about    text := coalesce(p_about, '');
    v_fact     text := btrim(p_fact);
    v_ontology bigint;
    v_id       bigint;
BEGIN
    IF coalesce(v_fact, '') = '' OR length(v_fact) > 2000 THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: a fact has 1 to 2000 characters' USING ERRCODE = 'SR004';
    END IF;
    SELECT o.ontology_id INTO v_ontology FROM onto.ontology AS o WHERE o.datasource = p_datasource FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'NOT_FOUND: the datasource % has no ontology', p_datasource USING ERRCODE = 'SR012',
            HINT = 'sproute ontology extract makes it.';
    END IF;
    IF v_about <> '' AND NOT EXISTS (SELECT 1 FROM onto.vw_table AS t WHERE t.ontology_id = v_ontology AND t.table_key = v_about)
        AND NOT EXISTS (SELECT 1 FROM onto.vw_column AS c WHERE c.ontology_id = v_ontology AND c.subject_key = v_about) THEN
        RAISE EXCEPTION 'NOT_FOUND: the ontology of % has no table or column %', p_datasource, v_about USING ERRCODE = 'SR012',
            HINT = 'Keys look like public.orders or public.orders.status; without one a fact is about everything.';
    END IF;
    SELECT k.knowledge_id INTO v_id FROM onto.knowledge AS k
    WHERE k.ontology_id = v_ontology AND k.about = v_about AND k.fact = v_fact;
    IF FOUND THEN
        RETURN QUERY SELECT v_id, false;
        RETURN;
    END IF;
    INSERT INTO onto.knowledge AS k (ontology_id, about, fact, created_by, created_at)
    VALUES (v_ontology, v_about, v_fact, coalesce(nullif(btrim(p_by), ''), session_user), v_now)
    RETURNING k.knowledge_id INTO v_id;
    PERFORM onto.usp_log_changes(v_ontology, jsonb_build_array(jsonb_build_object('target_kind', 'knowledge', 'target_key', v_about,
        'field', 'fact', 'before', NULL, 'after', v_fact)), CASE WHEN p_is_import THEN 'import' ELSE 'human' END, NULL, NULL, v_now, p_by);
    PERFORM onto.usp_raise_version(v_ontology, NULL, v_now);
    RETURN QUERY SELECT v_id, true;
END
$$;
