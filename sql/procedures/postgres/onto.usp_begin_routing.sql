-- Purpose:     first step of every routing procedure of an ontology: fence, contract, subject; internal.
-- Parameters:  p_job_id, p_run_id; p_payload {contract, version, subject: {ontology_id, subject_key}, ...}, where subject_key
--              is that of the job's input, or the node of a plan; p_now UTC.
-- Returns:     state 'held' (go on) or 'done' (return outcome as it is); outcome; ontology_id, subject_key, job_type; dag_id and
--              dag_node_id, null outside of a dag; schema_table_id of a table or column, schema_column_id of a column,
--              relationship_id of a relationship, else null.
-- Errors:      LEASE_LOST, UNKNOWN_JOB, CONTRACT_MISMATCH, INVALID_PAYLOAD.
-- Idempotency: a call that succeeded before returns its stored outcome.
-- The ontology's row is locked against being deleted and edited, and that of the table, column or relationship for the transaction:
-- two answers about one take turns. A subject that was dropped, an ontology that was deleted, and an answer that may rest on
-- values of a column which became sensitive since, end the job as superseded.
CREATE OR REPLACE FUNCTION onto.usp_begin_routing(
    p_job_id bigint, p_run_id uuid, p_payload jsonb, p_now timestamptz,
    OUT state text, OUT outcome jsonb, OUT ontology_id bigint, OUT subject_key text, OUT job_type text, OUT dag_id bigint,
    OUT dag_node_id bigint, OUT schema_table_id bigint, OUT schema_column_id bigint, OUT relationship_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_type  llm.job_type;
    v_job   llm.job;
    v_is_here boolean;
BEGIN
    SELECT h.state, h.outcome INTO state, outcome FROM llm.usp_hold_job(p_job_id, p_run_id, 'SUCCEEDED', p_now) AS h;
    IF state <> 'held' THEN
        state := 'done';
        RETURN;
    END IF;

    SELECT * INTO v_job FROM llm.job AS j WHERE j.job_id = p_job_id;
    SELECT * INTO v_type FROM llm.job_type AS t WHERE t.job_type = v_job.job_type;
    job_type := v_job.job_type;
    dag_node_id := v_job.dag_node_id;
    SELECT n.dag_id INTO dag_id FROM llm.dag_node AS n WHERE n.dag_node_id = v_job.dag_node_id;
    IF p_payload ->> 'contract' IS DISTINCT FROM v_type.contract_name
        OR split_part(p_payload ->> 'version', '.', 1) IS DISTINCT FROM split_part(v_type.contract_version, '.', 1) THEN
        RAISE EXCEPTION 'CONTRACT_MISMATCH: job type % wants % %, the payload is % %', v_job.job_type,
            v_type.contract_name, v_type.contract_version, p_payload ->> 'contract', p_payload ->> 'version'
            USING ERRCODE = 'SR005', HINT = 'Deploy with sproute db migrate and restart runners of an older version.';
    END IF;

    IF p_payload #>> '{subject,ontology_id}' !~ '^[0-9]{1,18}$' IS NOT FALSE OR p_payload #>> '{subject,subject_key}' IS NULL THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: subject has no ontology_id or no subject_key' USING ERRCODE = 'SR004';
    END IF;
    ontology_id := (p_payload #>> '{subject,ontology_id}')::bigint;
    subject_key := p_payload #>> '{subject,subject_key}';
    IF v_job.input ->> 'ontology_id' IS DISTINCT FROM ontology_id::text
        OR coalesce(v_job.input ->> 'subject_key', v_job.input ->> 'node') IS DISTINCT FROM subject_key THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: the payload is about % of ontology %, the job about % of ontology %', subject_key,
            ontology_id, coalesce(v_job.input ->> 'subject_key', v_job.input ->> 'node'), v_job.input ->> 'ontology_id'
            USING ERRCODE = 'SR004';
    END IF;

    -- Deleting it and edits wait.
    PERFORM 1 FROM onto.ontology AS o WHERE o.ontology_id = usp_begin_routing.ontology_id FOR KEY SHARE;
    v_is_here := FOUND;
    IF v_is_here AND subject_key <> 'ontology' AND v_job.input -> 'node' IS NULL THEN
        SELECT t.schema_table_id INTO schema_table_id
        FROM onto.schema_table AS t
        WHERE t.ontology_id = usp_begin_routing.ontology_id AND t.table_key = usp_begin_routing.subject_key AND t.dropped_at IS NULL
        FOR NO KEY UPDATE;
        IF NOT FOUND THEN
            SELECT t.schema_table_id, c.schema_column_id INTO schema_table_id, schema_column_id
            FROM onto.schema_table AS t
            JOIN onto.schema_column AS c ON c.schema_table_id = t.schema_table_id
            WHERE t.ontology_id = usp_begin_routing.ontology_id AND t.dropped_at IS NULL AND c.dropped_at IS NULL
              AND t.table_key || '.' || c.column_key = usp_begin_routing.subject_key
              AND left(usp_begin_routing.subject_key, length(t.table_key) + 1) = t.table_key || '.'
            FOR NO KEY UPDATE OF c;
        END IF;
        IF schema_table_id IS NULL THEN
            SELECT r.relationship_id INTO relationship_id
            FROM onto.relationship AS r
            WHERE r.ontology_id = usp_begin_routing.ontology_id AND r.relationship_key = usp_begin_routing.subject_key
              AND r.dropped_at IS NULL
            FOR NO KEY UPDATE;
        END IF;
        v_is_here := coalesce(schema_table_id, relationship_id) IS NOT NULL;
    END IF;
    -- What is computed leaves such values out by itself.
    IF v_is_here AND v_job.input -> 'node' IS NULL AND job_type NOT IN ('schema_profile', 'relationship_discovery') THEN
        v_is_here := NOT EXISTS (
            SELECT 1
            FROM onto.override AS e
            JOIN onto.vw_column AS c ON c.ontology_id = e.ontology_id AND c.subject_key = e.target_key AND c.is_sensitive
            LEFT JOIN onto.relationship AS r ON r.relationship_id = usp_begin_routing.relationship_id
            WHERE e.ontology_id = usp_begin_routing.ontology_id AND e.target_kind = 'column' AND e.field = 'is_sensitive'
              AND e.updated_at >= v_job.started_at
              AND (usp_begin_routing.subject_key = 'ontology'
                   OR c.schema_table_id IN (usp_begin_routing.schema_table_id, r.from_table_id, r.to_table_id)));
    END IF;
    IF NOT v_is_here THEN
        SELECT c.outcome INTO outcome
        FROM llm.usp_complete_job(p_job_id, p_run_id, jsonb_build_object('status', 'superseded'),
            jsonb_build_object('prompt_sha256', p_payload ->> 'prompt_sha256', 'model', p_payload ->> 'model'), p_now) AS c;
        state := 'done';
    END IF;
END
$$;
