-- Purpose:     route which key a column refers to, as a model sees it: a candidate that the data has yet to bear out.
-- Parameters:  p_job_id, p_run_id; p_payload {contract, version, subject: {ontology_id, subject_key: the column's key},
--              input_sha256, prompt_sha256, model, answer {target, confidence, reasoning}, target: the key that was meant
--              {to_table, to_columns}, null for none}; p_now UTC.
-- Returns:     the job's status and outcome: {status: routed, target: its table}.
-- Errors:      LEASE_LOST, UNKNOWN_JOB, CONTRACT_MISMATCH, INVALID_PAYLOAD.
-- Idempotency: the same call again returns what it stored.
-- The answer is kept with the target by name: RelationshipDiscovery looks its values up and writes the relationship.
CREATE OR REPLACE FUNCTION onto.usp_process_fk_resolution_output(
    p_job_id bigint, p_run_id uuid, p_payload jsonb, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (status text, outcome jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now   timestamptz := coalesce(p_now, clock_timestamp());
    v_to    jsonb := coalesce(p_payload -> 'target', 'null');
    v_begin record;
BEGIN
    SELECT b.* INTO v_begin FROM onto.usp_begin_routing(p_job_id, p_run_id, p_payload, v_now) AS b;
    IF v_begin.state = 'done' THEN
        RETURN QUERY SELECT CASE v_begin.outcome ->> 'status' WHEN 'CANCELLED' THEN 'CANCELLED' ELSE 'SUCCEEDED' END, v_begin.outcome;
        RETURN;
    END IF;
    IF v_begin.schema_column_id IS NULL OR jsonb_typeof(p_payload #> '{answer,target}') IS DISTINCT FROM 'number'
        OR (v_to <> 'null' AND (v_to ->> 'to_table' IS NULL OR jsonb_typeof(v_to -> 'to_columns') IS DISTINCT FROM 'array')) THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: the answer does not say what % refers to', v_begin.subject_key USING ERRCODE = 'SR004';
    END IF;
    PERFORM onto.usp_keep_answer(v_begin.ontology_id, v_begin.job_type, v_begin.subject_key,
        jsonb_set(p_payload, '{answer,resolved}', v_to), p_run_id, v_now);
    RETURN QUERY
    SELECT c.status, c.outcome
    FROM llm.usp_complete_job(p_job_id, p_run_id,
        jsonb_strip_nulls(jsonb_build_object('status', 'routed', 'target', v_to ->> 'to_table')),
        jsonb_build_object('prompt_sha256', p_payload ->> 'prompt_sha256', 'model', p_payload ->> 'model'), v_now) AS c;
END
$$;
