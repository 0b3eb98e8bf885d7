-- Purpose:     route what the rows of a table are to the business.
-- Parameters:  p_job_id, p_run_id; p_payload {contract, version, subject: {ontology_id, subject_key: the table's key},
--              input_sha256, prompt_sha256, model, answer: {entity_name, description, domain, key_columns: [{name: the
--              column_key, synonyms}], alternative_names, confidence}}; p_now UTC.
-- Returns:     the job's status and outcome: {status: routed, entity, changed: how many of its fields}; superseded if the table
--              stands for nothing any more.
-- Errors:      LEASE_LOST, UNKNOWN_JOB, CONTRACT_MISMATCH, INVALID_PAYLOAD.
-- Idempotency: the same call again returns what it stored. Edits are apart from it and stay, as do aliases from elsewhere.
CREATE OR REPLACE FUNCTION onto.usp_process_business_entity_enrichment_output(
    p_job_id bigint, p_run_id uuid, p_payload jsonb, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (status text, outcome jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now    timestamptz := coalesce(p_now, clock_timestamp());
    v_answer jsonb := p_payload -> 'answer';
    v_begin  record;
    v_id     bigint;
    v_before jsonb;
    v_after  jsonb;
    v_count  bigint;
BEGIN
    SELECT b.* INTO v_begin FROM onto.usp_begin_routing(p_job_id, p_run_id, p_payload, v_now) AS b;
    IF v_begin.state = 'done' THEN
        RETURN QUERY SELECT CASE v_begin.outcome ->> 'status' WHEN 'CANCELLED' THEN 'CANCELLED' ELSE 'SUCCEEDED' END, v_begin.outcome;
        RETURN;
    END IF;
    IF jsonb_typeof(v_answer) IS DISTINCT FROM 'object' OR btrim(coalesce(v_answer ->> 'entity_name', '')) = ''
        OR jsonb_typeof(coalesce(v_answer -> 'key_columns', '[]')) <> 'array'
        OR jsonb_typeof(coalesce(v_answer -> 'alternative_names', '[]')) <> 'array'
        OR v_begin.schema_table_id IS NULL OR v_begin.schema_column_id IS NOT NULL
        OR v_answer ->> 'confidence' !~ '^(0(\.[0-9]+)?|1(\.0+)?)([eE]-[0-9]+)?$' THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: the answer does not say what the table % stands for', v_begin.subject_key USING ERRCODE = 'SR004';
    END IF;

    SELECT e.entity_id INTO v_id FROM onto.entity AS e
    WHERE e.schema_table_id = v_begin.schema_table_id AND e.dropped_at IS NULL
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN QUERY
        SELECT c.status, c.outcome FROM llm.usp_complete_job(p_job_id, p_run_id, jsonb_build_object('status', 'superseded'),
            jsonb_build_object('prompt_sha256', p_payload ->> 'prompt_sha256', 'model', p_payload ->> 'model'), v_now) AS c;
        RETURN;
    END IF;
    PERFORM onto.usp_keep_answer(v_begin.ontology_id, v_begin.job_type, v_begin.subject_key, p_payload, p_run_id, v_now);
    v_before := onto.fn_inferred_entity(v_id);

    UPDATE onto.entity AS e
    SET name = btrim(v_answer ->> 'entity_name'), description = v_answer ->> 'description', domain = v_answer ->> 'domain',
        confidence = (v_answer ->> 'confidence')::numeric, run_id = p_run_id, updated_at = v_now
    WHERE e.entity_id = v_id
      AND (e.name, e.description, e.domain, e.confidence) IS DISTINCT FROM
          (btrim(v_answer ->> 'entity_name'), v_answer ->> 'description', v_answer ->> 'domain',
           (v_answer ->> 'confidence')::numeric(5, 4));

    DELETE FROM onto.entity_alias AS a
    WHERE a.entity_id = v_id AND a.source = 'discovery'
      AND NOT EXISTS (
          SELECT 1 FROM jsonb_array_elements_text(v_answer -> 'alternative_names') AS n (value)
          WHERE btrim(n.value) = a.alias COLLATE "C");
    INSERT INTO onto.entity_alias (entity_id, alias, source, created_at)
    SELECT DISTINCT v_id, btrim(n.value), 'discovery', v_now
    FROM jsonb_array_elements_text(v_answer -> 'alternative_names') AS n (value)
    WHERE btrim(n.value) <> ''
    ON CONFLICT (entity_id, alias) DO NOTHING;

    DELETE FROM onto.entity_key_column AS k WHERE k.entity_id = v_id;
    INSERT INTO onto.entity_key_column (entity_id, column_name, ordinal, synonyms, created_at)
    SELECT v_id, c.column_key, min(k.ordinal), (array_agg(coalesce(nullif(k.value -> 'synonyms', 'null'), '[]') ORDER BY k.ordinal))[1], v_now
    FROM jsonb_array_elements(v_answer -> 'key_columns') WITH ORDINALITY AS k (value, ordinal)
    JOIN onto.schema_column AS c
        ON c.schema_table_id = v_begin.schema_table_id AND c.column_key = (k.value ->> 'name') COLLATE "C" AND c.dropped_at IS NULL
    GROUP BY c.column_key;

    v_after := onto.fn_inferred_entity(v_id);
    v_count := onto.usp_log_changes(v_begin.ontology_id, (
        SELECT jsonb_agg(jsonb_build_object('target_kind', 'entity', 'target_key', v_begin.subject_key, 'field', f.key,
            'before', v_before -> f.key, 'after', f.value))
        FROM jsonb_each(v_after) AS f), 'inferred', p_run_id, v_begin.dag_id, v_now);

    RETURN QUERY
    SELECT c.status, c.outcome
    FROM llm.usp_complete_job(p_job_id, p_run_id, jsonb_build_object('status', 'routed', 'entity', v_after ->> 'name', 'changed', v_count),
        jsonb_build_object('prompt_sha256', p_payload ->> 'prompt_sha256', 'model', p_payload ->> 'model'), v_now) AS c;
END
$$;
