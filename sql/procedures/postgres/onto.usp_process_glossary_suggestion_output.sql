-- Purpose:     route suggested terms.
-- Parameters:  p_job_id, p_run_id; p_payload {contract, version, subject: {ontology_id, subject_key: 'ontology'}, input_sha256,
--              prompt_sha256, model, answer, terms: [{term, and a document as in onto.usp_put_glossary_term}]}; p_now UTC.
-- Returns:     the job's status and outcome: {status: routed, terms: how many were suggested, kept: how many of them are terms now,
--              invalid: how many of these the datasource does not take}.
-- Errors:      LEASE_LOST, UNKNOWN_JOB, CONTRACT_MISMATCH, INVALID_PAYLOAD.
-- Idempotency: the same call again returns what it stored.
-- A term that a person or an agent wrote is not touched, one that a person removed does not come again, and a suggestion whose
-- name is another name of a term is passed over. Terms that are not suggested any more stay.
CREATE OR REPLACE FUNCTION onto.usp_process_glossary_suggestion_output(
    p_job_id bigint, p_run_id uuid, p_payload jsonb, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (status text, outcome jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now     timestamptz := coalesce(p_now, clock_timestamp());
    v_begin   record;
    v_fault   text;
    v_term    jsonb;
    v_key     text;
    v_kept    integer := 0;
    v_invalid integer := 0;
BEGIN
    SELECT b.* INTO v_begin FROM onto.usp_begin_routing(p_job_id, p_run_id, p_payload, v_now) AS b;
    IF v_begin.state = 'done' THEN
        RETURN QUERY SELECT CASE v_begin.outcome ->> 'status' WHEN 'CANCELLED' THEN 'CANCELLED' ELSE 'SUCCEEDED' END, v_begin.outcome;
        RETURN;
    END IF;
    IF jsonb_typeof(p_payload -> 'terms') IS DISTINCT FROM 'array' OR v_begin.subject_key <> 'ontology' THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: the payload has no list of terms' USING ERRCODE = 'SR004';
    END IF;
    SELECT onto.fn_term_fault(t.value ->> 'term', t.value) INTO v_fault
    FROM jsonb_array_elements(p_payload -> 'terms') AS t (value)
    WHERE onto.fn_term_fault(t.value ->> 'term', t.value) IS NOT NULL
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: %', v_fault USING ERRCODE = 'SR004';
    END IF;
    PERFORM onto.usp_keep_answer(v_begin.ontology_id, v_begin.job_type, v_begin.subject_key, p_payload, p_run_id, v_now);
    PERFORM 1 FROM onto.ontology AS o WHERE o.ontology_id = v_begin.ontology_id FOR NO KEY UPDATE;

    FOR v_term IN SELECT t.value FROM jsonb_array_elements(p_payload -> 'terms') WITH ORDINALITY AS t (value, place) ORDER BY t.place LOOP
        v_key := onto.fn_term_key(v_term ->> 'term');
        CONTINUE WHEN EXISTS (
                SELECT 1 FROM onto.glossary_term AS g
                WHERE g.ontology_id = v_begin.ontology_id AND g.term_key = v_key COLLATE "C" AND g.source <> 'llm_suggested')
            OR EXISTS (
                SELECT 1 FROM onto.glossary_term AS g JOIN onto.glossary_alias AS a ON a.glossary_term_id = g.glossary_term_id
                WHERE g.ontology_id = v_begin.ontology_id AND g.term_key <> v_key COLLATE "C" AND onto.fn_term_key(a.alias) = v_key)
            OR EXISTS (
                SELECT 1 FROM onto.change_log AS l
                WHERE l.ontology_id = v_begin.ontology_id AND l.target_kind = 'term' AND l.target_key = v_key COLLATE "C"
                  AND l.field = 'exists' AND l.after IS NULL);
        PERFORM onto.usp_write_glossary_term(v_begin.ontology_id, v_key,
            v_term || jsonb_build_object('aliases', coalesce((
                SELECT jsonb_agg(n.value)
                FROM jsonb_array_elements_text(coalesce(v_term -> 'aliases', '[]')) AS n (value)
                WHERE NOT EXISTS (
                    SELECT 1 FROM onto.glossary_term AS g
                    WHERE g.ontology_id = v_begin.ontology_id AND g.term_key = onto.fn_term_key(n.value) COLLATE "C")), '[]')),
            'llm_suggested', 'llm', 'inferred', p_run_id, v_begin.dag_id, v_now);
        v_kept := v_kept + 1;
        v_invalid := v_invalid + CASE WHEN v_term ->> 'sql_is_valid' = 'false' THEN 1 ELSE 0 END;
    END LOOP;

    RETURN QUERY
    SELECT c.status, c.outcome
    FROM llm.usp_complete_job(p_job_id, p_run_id, jsonb_build_object('status', 'routed', 'terms', jsonb_array_length(p_payload -> 'terms'),
            'kept', v_kept, 'invalid', v_invalid),
        jsonb_build_object('prompt_sha256', p_payload ->> 'prompt_sha256', 'model', p_payload ->> 'model'), v_now) AS c;
END
$$;
