-- Purpose:     route what a model says of one candidate: whether it is a foreign key.
-- Parameters:  p_job_id, p_run_id; p_payload {contract, version, subject: {ontology_id, subject_key: the relationship's key},
--              input_sha256, prompt_sha256, model, answer, evidence: {cardinality: by the data, null where not known; veto:
--              what the data says against it, null for nothing}}; p_now UTC.
-- Returns:     the job's status and outcome: {status: routed, relationship: accepted or rejected, because}.
-- Errors:      LEASE_LOST, UNKNOWN_JOB, CONTRACT_MISMATCH, INVALID_PAYLOAD.
-- Idempotency: the same call again returns what it stored; a row that is right is not written.
-- A no, a yes that the data refutes, and one less sure than kb.governance_policy wants (manual_review) are rejected and
-- kept with the reason; nobody is asked. What is declared or was added by a person stays as it is.
CREATE OR REPLACE FUNCTION onto.usp_process_relationship_validation_output(
    p_job_id bigint, p_run_id uuid, p_payload jsonb, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (status text, outcome jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now     timestamptz := coalesce(p_now, clock_timestamp());
    v_answer  jsonb := p_payload -> 'answer';
    v_veto    text := p_payload #>> '{evidence,veto}';
    v_begin   record;
    v_before  onto.relationship;
    v_because text;
    v_status  text;
BEGIN
    SELECT b.* INTO v_begin FROM onto.usp_begin_routing(p_job_id, p_run_id, p_payload, v_now) AS b;
    IF v_begin.state = 'done' THEN
        RETURN QUERY SELECT CASE v_begin.outcome ->> 'status' WHEN 'CANCELLED' THEN 'CANCELLED' ELSE 'SUCCEEDED' END, v_begin.outcome;
        RETURN;
    END IF;
    IF v_begin.relationship_id IS NULL OR jsonb_typeof(v_answer -> 'is_valid_fk') IS DISTINCT FROM 'boolean'
        OR jsonb_typeof(v_answer -> 'confidence') IS DISTINCT FROM 'number' THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: the answer does not say whether % is a foreign key', v_begin.subject_key USING ERRCODE = 'SR004';
    END IF;
    PERFORM onto.usp_keep_answer(v_begin.ontology_id, v_begin.job_type, v_begin.subject_key, p_payload, p_run_id, v_now);
    SELECT * INTO v_before FROM onto.relationship AS r WHERE r.relationship_id = v_begin.relationship_id;
    v_because := CASE
        WHEN NOT (v_answer ->> 'is_valid_fk')::boolean THEN 'model'
        WHEN v_veto IS NOT NULL THEN 'evidence'
        WHEN (v_answer ->> 'confidence')::numeric < onto.fn_least_confidence(v_begin.job_type, 'relationship') THEN 'low_confidence' END;
    v_status := CASE WHEN v_because IS NULL THEN 'accepted' ELSE 'rejected' END;
    IF v_before.provenance IN ('feature', 'inferred') THEN
        UPDATE onto.relationship AS r
        SET status = v_status, rejected_because = v_because,
            cardinality = coalesce(p_payload #>> '{evidence,cardinality}', v_answer ->> 'cardinality'),
            confidence = (v_answer ->> 'confidence')::numeric,
            reasoning = left(concat_ws(' ', v_answer ->> 'reasoning', v_veto), 4000),
            source_role = v_answer ->> 'source_role', run_id = p_run_id, updated_at = v_now
        WHERE r.relationship_id = v_begin.relationship_id
          AND (r.status, r.rejected_because, r.cardinality, r.confidence, r.reasoning, r.source_role) IS DISTINCT FROM
              (v_status, v_because, coalesce(p_payload #>> '{evidence,cardinality}', v_answer ->> 'cardinality'),
               round((v_answer ->> 'confidence')::numeric, 4), left(concat_ws(' ', v_answer ->> 'reasoning', v_veto), 4000),
               v_answer ->> 'source_role');
        PERFORM onto.usp_log_changes(v_begin.ontology_id, jsonb_build_array(
            jsonb_build_object('target_kind', 'relationship', 'target_key', v_begin.subject_key, 'field', 'status',
                'before', v_before.status, 'after', v_status),
            jsonb_build_object('target_kind', 'relationship', 'target_key', v_begin.subject_key, 'field', 'cardinality',
                'before', v_before.cardinality, 'after', coalesce(p_payload #>> '{evidence,cardinality}', v_answer ->> 'cardinality'))),
            'inferred', p_run_id, v_begin.dag_id, v_now);
    END IF;
    RETURN QUERY
    SELECT c.status, c.outcome
    FROM llm.usp_complete_job(p_job_id, p_run_id, jsonb_strip_nulls(jsonb_build_object('status', 'routed',
        'relationship', v_status, 'because', v_because)),
        jsonb_build_object('prompt_sha256', p_payload ->> 'prompt_sha256', 'model', p_payload ->> 'model'), v_now) AS c;
END
$$;
