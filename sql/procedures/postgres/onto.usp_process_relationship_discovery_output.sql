-- Purpose:     route what the columns of a table may refer to: candidates with what looking them up gave.
-- Parameters:  p_job_id, p_run_id; p_payload {contract, version, subject: {ontology_id, subject_key: the table's key},
--              input_sha256, answer: a document of relationship_discovery}; p_now UTC.
-- Returns:     the job's status and outcome: {status: routed, candidates, accepted, written, gone}.
-- Errors:      LEASE_LOST, UNKNOWN_JOB, CONTRACT_MISMATCH, INVALID_PAYLOAD.
-- Idempotency: the same call again returns what it stored; rows that are right are not written.
-- What the table's columns referred to before and do not any more is dropped, unless it is declared or a person decided
-- about it.
CREATE OR REPLACE FUNCTION onto.usp_process_relationship_discovery_output(
    p_job_id bigint, p_run_id uuid, p_payload jsonb, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (status text, outcome jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now    timestamptz := coalesce(p_now, clock_timestamp());
    v_answer jsonb := p_payload -> 'answer';
    v_begin  record;
    v_rows   bigint;
    v_gone   jsonb;
BEGIN
    SELECT b.* INTO v_begin FROM onto.usp_begin_routing(p_job_id, p_run_id, p_payload, v_now) AS b;
    IF v_begin.state = 'done' THEN
        RETURN QUERY SELECT CASE v_begin.outcome ->> 'status' WHEN 'CANCELLED' THEN 'CANCELLED' ELSE 'SUCCEEDED' END, v_begin.outcome;
        RETURN;
    END IF;
    IF jsonb_typeof(v_answer -> 'relationships') IS DISTINCT FROM 'array' OR v_begin.schema_table_id IS NULL
        OR v_answer ->> 'table_key' IS DISTINCT FROM v_begin.subject_key
        OR jsonb_path_exists(v_answer, '$.relationships[*] ? (@.provenance != "feature" && @.provenance != "inferred" && @.provenance != "manual")') THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: the answer says nothing of the relationships of %', v_begin.subject_key USING ERRCODE = 'SR004';
    END IF;
    -- The candidates have rows of their own; what could not be looked at has none.
    PERFORM onto.usp_keep_answer(v_begin.ontology_id, v_begin.job_type, v_begin.subject_key,
        p_payload - 'answer' || CASE WHEN jsonb_path_exists(v_answer, '$.skipped[*]')
            THEN jsonb_build_object('answer', jsonb_build_object('skipped', v_answer -> 'skipped')) ELSE '{}' END, p_run_id, v_now);
    WITH moved AS (
        UPDATE onto.relationship AS r
        SET dropped_at = v_now, dropped_because = 'evidence', updated_at = v_now
        WHERE r.ontology_id = v_begin.ontology_id AND r.from_table_id = v_begin.schema_table_id AND r.dropped_at IS NULL
          AND r.provenance IN ('feature', 'inferred')
          AND NOT EXISTS (
              SELECT 1 FROM jsonb_to_recordset(v_answer -> 'relationships') AS g (relationship_key text)
              WHERE g.relationship_key = r.relationship_key)
          AND NOT EXISTS (
              SELECT 1 FROM onto.vw_active_edit AS e
              WHERE e.ontology_id = r.ontology_id AND e.target_kind = 'relationship' AND e.target_key = r.relationship_key)
        RETURNING r.relationship_key, r.status
    )
    SELECT coalesce(jsonb_agg(jsonb_build_object('target_kind', 'relationship', 'target_key', m.relationship_key, 'field', 'status',
        'before', nullif(m.status, 'candidate'), 'after', NULL)), '[]')
    INTO v_gone
    FROM moved AS m;
    PERFORM onto.usp_log_changes(v_begin.ontology_id, v_gone, 'inferred', p_run_id, v_begin.dag_id, v_now);
    v_rows := onto.usp_put_relationships(v_begin.ontology_id, (
        SELECT coalesce(jsonb_agg(g.value || jsonb_build_object('from_table', v_begin.subject_key)), '[]')
        FROM jsonb_array_elements(v_answer -> 'relationships') AS g (value)), p_run_id, v_begin.dag_id, v_now);

    RETURN QUERY
    SELECT c.status, c.outcome
    FROM llm.usp_complete_job(p_job_id, p_run_id, (
        SELECT jsonb_build_object('status', 'routed', 'candidates', count(*) FILTER (WHERE g.status = 'candidate'),
            'accepted', count(*) FILTER (WHERE g.status = 'accepted'), 'written', v_rows, 'gone', jsonb_array_length(v_gone))
        FROM jsonb_to_recordset(v_answer -> 'relationships') AS g (status text)), NULL, v_now) AS c;
END
$$;
