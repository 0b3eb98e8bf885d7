-- Purpose:     route the words for one relationship: what it says, and the roles of both sides.
-- Parameters:  p_job_id, p_run_id; p_payload {contract, version, subject: {ontology_id, subject_key: the relationship's key},
--              input_sha256, prompt_sha256, model, answer {description, from_role, to_role, confidence}}; p_now UTC.
-- Returns:     the job's status and outcome: {status: routed}.
-- Errors:      LEASE_LOST, UNKNOWN_JOB, CONTRACT_MISMATCH, INVALID_PAYLOAD.
-- Idempotency: the same call again returns what it stored; a row that is right is not written.
CREATE OR REPLACE FUNCTION onto.usp_process_relationship_enrichment_output(
    p_job_id bigint, p_run_id uuid, p_payload jsonb, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (status text, outcome jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now    timestamptz := coalesce(p_now, clock_timestamp());
    v_answer jsonb := p_payload -> 'answer';
    v_begin  record;
    v_before onto.relationship;
BEGIN
    SELECT b.* INTO v_begin FROM onto.usp_begin_routing(p_job_id, p_run_id, p_payload, v_now) AS b;
    IF v_begin.state = 'done' THEN
        RETURN QUERY SELECT CASE v_begin.outcome ->> 'status' WHEN 'CANCELLED' THEN 'CANCELLED' ELSE 'SUCCEEDED' END, v_begin.outcome;
        RETURN;
    END IF;
    IF v_begin.relationship_id IS NULL OR coalesce(v_answer ->> 'description', '') = '' THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: the answer does not describe %', v_begin.subject_key USING ERRCODE = 'SR004';
    END IF;
    PERFORM onto.usp_keep_answer(v_begin.ontology_id, v_begin.job_type, v_begin.subject_key, p_payload, p_run_id, v_now);
    SELECT * INTO v_before FROM onto.relationship AS r WHERE r.relationship_id = v_begin.relationship_id;
    UPDATE onto.relationship AS r
    SET description = v_answer ->> 'description', from_role = v_answer ->> 'from_role', to_role = v_answer ->> 'to_role',
        run_id = p_run_id, updated_at = v_now
    WHERE r.relationship_id = v_begin.relationship_id
      AND (r.description, r.from_role, r.to_role) IS DISTINCT FROM
          (v_answer ->> 'description', v_answer ->> 'from_role', v_answer ->> 'to_role');
    PERFORM onto.usp_log_changes(v_begin.ontology_id, jsonb_build_array(
        jsonb_build_object('target_kind', 'relationship', 'target_key', v_begin.subject_key, 'field', 'description',
            'before', v_before.description, 'after', v_answer ->> 'description'),
        jsonb_build_object('target_kind', 'relationship', 'target_key', v_begin.subject_key, 'field', 'from_role',
            'before', v_before.from_role, 'after', v_answer ->> 'from_role'),
        jsonb_build_object('target_kind', 'relationship', 'target_key', v_begin.subject_key, 'field', 'to_role',
            'before', v_before.to_role, 'after', v_answer ->> 'to_role')), 'inferred', p_run_id, v_begin.dag_id, v_now);
    RETURN QUERY
    SELECT c.status, c.outcome
    FROM llm.usp_complete_job(p_job_id, p_run_id, jsonb_build_object('status', 'routed'),
        jsonb_build_object('prompt_sha256', p_payload ->> 'prompt_sha256', 'model', p_payload ->> 'model'), v_now) AS c;
END
$$;
