-- Purpose:     route what a database as a whole is about.
-- Parameters:  p_job_id, p_run_id; p_payload {contract, version, subject: {ontology_id, subject_key: 'ontology'}, input_sha256,
--              prompt_sha256, model, answer: {description, confidence}}; p_now UTC.
-- Returns:     the job's status and outcome: {status: routed, changed: whether it says something else now}.
-- Errors:      LEASE_LOST, UNKNOWN_JOB, CONTRACT_MISMATCH, INVALID_PAYLOAD.
-- Idempotency: the same call again returns what it stored. Edits are apart from it and stay.
CREATE OR REPLACE FUNCTION onto.usp_process_ontology_finalization_output(
    p_job_id bigint, p_run_id uuid, p_payload jsonb, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (status text, outcome jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now    timestamptz := coalesce(p_now, clock_timestamp());
    v_text   text := btrim(p_payload #>> '{answer,description}');
    v_begin  record;
    v_before text;
BEGIN
    SELECT b.* INTO v_begin FROM onto.usp_begin_routing(p_job_id, p_run_id, p_payload, v_now) AS b;
    IF v_begin.state = 'done' THEN
        RETURN QUERY SELECT CASE v_begin.outcome ->> 'status' WHEN 'CANCELLED' THEN 'CANCELLED' ELSE 'SUCCEEDED' END, v_begin.outcome;
        RETURN;
    END IF;
    IF coalesce(v_text, '') = '' OR v_begin.subject_key <> 'ontology' THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: the answer does not say what the database is about' USING ERRCODE = 'SR004';
    END IF;
    PERFORM onto.usp_keep_answer(v_begin.ontology_id, v_begin.job_type, v_begin.subject_key, p_payload, p_run_id, v_now);

    SELECT o.description INTO v_before FROM onto.ontology AS o WHERE o.ontology_id = v_begin.ontology_id;
    UPDATE onto.ontology AS o
    SET description = v_text, updated_at = v_now
    WHERE o.ontology_id = v_begin.ontology_id AND o.description IS DISTINCT FROM v_text;
    PERFORM onto.usp_log_changes(v_begin.ontology_id, jsonb_build_array(jsonb_build_object('target_kind', 'ontology',
        'target_key', 'ontology', 'field', 'description', 'before', v_before, 'after', v_text)), 'inferred', p_run_id, v_begin.dag_id, v_now);

    RETURN QUERY
    SELECT c.status, c.outcome
    FROM llm.usp_complete_job(p_job_id, p_run_id, jsonb_build_object('status', 'routed', 'changed', v_before IS DISTINCT FROM v_text),
        jsonb_build_object('prompt_sha256', p_payload ->> 'prompt_sha256', 'model', p_payload ->> 'model'), v_now) AS c;
END
$$;
