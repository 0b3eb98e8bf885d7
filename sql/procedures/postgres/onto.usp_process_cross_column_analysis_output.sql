-- Purpose:     route which columns of a table are amounts of which currency, and which mark deleted rows.
-- Parameters:  p_job_id, p_run_id; p_payload {contract, version, subject: {ontology_id, subject_key: the table's key},
--              input_sha256, prompt_sha256, model, answer, features: [{column_key, feature as in
--              onto.usp_put_column_feature}], one for each column that was asked about}; p_now UTC.
-- Returns:     the job's status and outcome: {status: routed, changed: how many columns}.
-- Errors:      LEASE_LOST, UNKNOWN_JOB, CONTRACT_MISMATCH, INVALID_PAYLOAD.
-- Idempotency: the same call again returns what it stored; rows that are right are not written.
-- A column that is gone meanwhile is passed over.
CREATE OR REPLACE FUNCTION onto.usp_process_cross_column_analysis_output(
    p_job_id bigint, p_run_id uuid, p_payload jsonb, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (status text, outcome jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now     timestamptz := coalesce(p_now, clock_timestamp());
    v_begin   record;
    v_row     record;
    v_changed integer := 0;
BEGIN
    SELECT b.* INTO v_begin FROM onto.usp_begin_routing(p_job_id, p_run_id, p_payload, v_now) AS b;
    IF v_begin.state = 'done' THEN
        RETURN QUERY SELECT CASE v_begin.outcome ->> 'status' WHEN 'CANCELLED' THEN 'CANCELLED' ELSE 'SUCCEEDED' END, v_begin.outcome;
        RETURN;
    END IF;
    IF v_begin.schema_table_id IS NULL OR v_begin.schema_column_id IS NOT NULL
        OR jsonb_typeof(p_payload -> 'features') IS DISTINCT FROM 'array' THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: the payload has no features of the table %', v_begin.subject_key USING ERRCODE = 'SR004';
    END IF;
    PERFORM onto.usp_keep_answer(v_begin.ontology_id, v_begin.job_type, v_begin.subject_key, p_payload, p_run_id, v_now);

    FOR v_row IN
        SELECT c.schema_column_id, v_begin.subject_key || '.' || c.column_key AS subject_key, g.feature
        FROM jsonb_to_recordset(p_payload -> 'features') AS g (column_key text, feature jsonb)
        JOIN onto.schema_column AS c ON c.schema_table_id = v_begin.schema_table_id AND c.column_key = g.column_key COLLATE "C"
        WHERE c.dropped_at IS NULL AND jsonb_typeof(g.feature) = 'object'
        ORDER BY c.schema_column_id
    LOOP
        IF onto.usp_put_column_feature(v_begin.ontology_id, v_row.schema_column_id, v_row.subject_key, v_row.feature,
            p_payload ->> 'model', p_run_id, v_begin.dag_id, v_now) THEN
            v_changed := v_changed + 1;
        END IF;
    END LOOP;

    RETURN QUERY
    SELECT c.status, c.outcome
    FROM llm.usp_complete_job(p_job_id, p_run_id, jsonb_build_object('status', 'routed', 'changed', v_changed),
        jsonb_build_object('prompt_sha256', p_payload ->> 'prompt_sha256', 'model', p_payload ->> 'model'), v_now) AS c;
END
$$;
