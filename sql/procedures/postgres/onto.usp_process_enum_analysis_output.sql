-- Purpose:     route what the values of a column mean.
-- Parameters:  p_job_id, p_run_id; p_payload {contract, version, subject: {ontology_id, subject_key: the column's key},
--              input_sha256, prompt_sha256, model, answer: a document of enum_analysis}; p_now UTC.
-- Returns:     the job's status and outcome: {status: routed, changed, values}.
-- Errors:      LEASE_LOST, UNKNOWN_JOB, CONTRACT_MISMATCH, INVALID_PAYLOAD.
-- Idempotency: the same call again returns what it stored; a row that is right is not written.
-- Of a column that became sensitive meanwhile no value is kept.
CREATE OR REPLACE FUNCTION onto.usp_process_enum_analysis_output(
    p_job_id bigint, p_run_id uuid, p_payload jsonb, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (status text, outcome jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now     timestamptz := coalesce(p_now, clock_timestamp());
    v_answer  jsonb := p_payload -> 'answer';
    v_begin   record;
    v_changed boolean;
BEGIN
    SELECT b.* INTO v_begin FROM onto.usp_begin_routing(p_job_id, p_run_id, p_payload, v_now) AS b;
    IF v_begin.state = 'done' THEN
        RETURN QUERY SELECT CASE v_begin.outcome ->> 'status' WHEN 'CANCELLED' THEN 'CANCELLED' ELSE 'SUCCEEDED' END, v_begin.outcome;
        RETURN;
    END IF;
    IF v_begin.schema_column_id IS NULL OR jsonb_typeof(v_answer -> 'values') IS DISTINCT FROM 'array'
        OR jsonb_typeof(v_answer -> 'is_state_machine') IS DISTINCT FROM 'boolean' THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: the answer says nothing of the values of the column %', v_begin.subject_key
            USING ERRCODE = 'SR004';
    END IF;
    IF EXISTS (SELECT 1 FROM onto.vw_column AS c WHERE c.schema_column_id = v_begin.schema_column_id AND c.is_sensitive) THEN
        RETURN QUERY
        SELECT c.status, c.outcome
        FROM llm.usp_complete_job(p_job_id, p_run_id, '{"status": "superseded"}',
            jsonb_build_object('prompt_sha256', p_payload ->> 'prompt_sha256', 'model', p_payload ->> 'model'), v_now) AS c;
        RETURN;
    END IF;
    PERFORM onto.usp_keep_answer(v_begin.ontology_id, v_begin.job_type, v_begin.subject_key, p_payload, p_run_id, v_now);
    v_changed := onto.usp_put_column_feature(v_begin.ontology_id, v_begin.schema_column_id, v_begin.subject_key,
        jsonb_build_object('enum_values', v_answer -> 'values', 'description', v_answer -> 'description',
            'details', jsonb_build_object('is_state_machine', v_answer -> 'is_state_machine',
                'state_description', v_answer -> 'state_description')),
        p_payload ->> 'model', p_run_id, v_begin.dag_id, v_now);

    RETURN QUERY
    SELECT c.status, c.outcome
    FROM llm.usp_complete_job(p_job_id, p_run_id, jsonb_build_object('status', 'routed', 'changed', v_changed,
            'values', jsonb_array_length(v_answer -> 'values')),
        jsonb_build_object('prompt_sha256', p_payload ->> 'prompt_sha256', 'model', p_payload ->> 'model'), v_now) AS c;
END
$$;
