-- Purpose:     route what was said of the columns of a table.
-- Parameters:  p_job_id, p_run_id; p_payload {contract, version, subject: {ontology_id, subject_key: the table's key},
--              input_sha256, prompt_sha256, model, answer: {columns: [{name: the column_key, description, semantic_type, role,
--              synonyms, enum_values: [{value, label, category?, description?}], fk_role}]}}; p_now UTC.
-- Returns:     the job's status and outcome: {status: routed, columns: how many were answered, changed: how many of them say
--              something else now}.
-- Errors:      LEASE_LOST, UNKNOWN_JOB, CONTRACT_MISMATCH, INVALID_PAYLOAD.
-- Idempotency: the same call again returns what it stored. Edits are apart from it and stay.
CREATE OR REPLACE FUNCTION onto.usp_process_column_enrichment_output(
    p_job_id bigint, p_run_id uuid, p_payload jsonb, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (status text, outcome jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now     timestamptz := coalesce(p_now, clock_timestamp());
    v_begin   record;
    v_changed bigint;
BEGIN
    SELECT b.* INTO v_begin FROM onto.usp_begin_routing(p_job_id, p_run_id, p_payload, v_now) AS b;
    IF v_begin.state = 'done' THEN
        RETURN QUERY SELECT CASE v_begin.outcome ->> 'status' WHEN 'CANCELLED' THEN 'CANCELLED' ELSE 'SUCCEEDED' END, v_begin.outcome;
        RETURN;
    END IF;
    IF jsonb_typeof(p_payload #> '{answer,columns}') IS DISTINCT FROM 'array' OR v_begin.schema_table_id IS NULL
        OR v_begin.schema_column_id IS NOT NULL
        OR jsonb_path_exists(p_payload, '$.answer.columns[*] ? (@.type() != "object" || !exists(@.name) || @.name.type() != "string"
            || exists(@.synonyms) && @.synonyms.type() != "array" && @.synonyms != null
            || exists(@.enum_values) && @.enum_values.type() != "array" && @.enum_values != null)', silent => true) THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: the answer does not describe columns of the table %', v_begin.subject_key USING ERRCODE = 'SR004';
    END IF;
    IF EXISTS (SELECT 1 FROM jsonb_to_recordset(p_payload #> '{answer,columns}') AS c (name text) GROUP BY c.name HAVING count(*) > 1) THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: the answer describes a column of the table % twice', v_begin.subject_key USING ERRCODE = 'SR004';
    END IF;

    PERFORM onto.usp_keep_answer(v_begin.ontology_id, v_begin.job_type, v_begin.subject_key, p_payload, p_run_id, v_now);
    v_changed := onto.usp_write_column_enrichment(v_begin.ontology_id, jsonb_build_array(v_begin.subject_key), p_run_id, v_begin.dag_id, v_now);

    RETURN QUERY
    SELECT c.status, c.outcome
    FROM llm.usp_complete_job(p_job_id, p_run_id, jsonb_build_object('status', 'routed',
            'columns', jsonb_array_length(p_payload #> '{answer,columns}'), 'changed', v_changed),
        jsonb_build_object('prompt_sha256', p_payload ->> 'prompt_sha256', 'model', p_payload ->> 'model'), v_now) AS c;
END
$$;
