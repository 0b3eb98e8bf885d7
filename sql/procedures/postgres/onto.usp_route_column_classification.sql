-- Purpose:     route what a model said of a column on one of the nine paths; internal, the body of nine routing procedures.
-- Parameters:  p_job_id, p_run_id; p_payload {contract, version, subject: {ontology_id, subject_key: the column's key},
--              input_sha256, prompt_sha256, model, answer, feature: {classification_path, purpose, semantic_type, role,
--              description, confidence, details, needs_enum_analysis, needs_fk_resolution, needs_cross_column_check}}; p_now UTC.
-- Returns:     the job's status and outcome: {status: routed, changed}.
-- Errors:      LEASE_LOST, UNKNOWN_JOB, CONTRACT_MISMATCH, INVALID_PAYLOAD.
-- Idempotency: the same call again returns what it stored; a row that is right is not written.
-- What later steps said stays as long as the path does: the labels of values, what the table as a whole said of it. On another
-- path it is void, and so are the answers that were given on the path before.
CREATE OR REPLACE FUNCTION onto.usp_route_column_classification(
    p_job_id bigint, p_run_id uuid, p_payload jsonb, p_now timestamptz)
RETURNS TABLE (status text, outcome jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now       timestamptz := coalesce(p_now, clock_timestamp());
    v_feature   jsonb := p_payload -> 'feature';
    v_path      text := p_payload #>> '{feature,classification_path}';
    v_begin     record;
    v_old       onto.column_feature;
    v_details   jsonb;
    v_said      text;
    v_changed   boolean;
BEGIN
    SELECT b.* INTO v_begin FROM onto.usp_begin_routing(p_job_id, p_run_id, p_payload, v_now) AS b;
    IF v_begin.state = 'done' THEN
        RETURN QUERY SELECT CASE v_begin.outcome ->> 'status' WHEN 'CANCELLED' THEN 'CANCELLED' ELSE 'SUCCEEDED' END, v_begin.outcome;
        RETURN;
    END IF;
    IF v_begin.schema_column_id IS NULL OR v_path || '_classification' IS DISTINCT FROM v_begin.job_type
        OR jsonb_typeof(v_feature -> 'details') IS DISTINCT FROM 'object'
        OR v_feature ->> 'description' IS NULL OR v_feature ->> 'purpose' IS NULL THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: the payload has no feature of the column % on the path of %', v_begin.subject_key,
            v_begin.job_type USING ERRCODE = 'SR004';
    END IF;
    PERFORM onto.usp_keep_answer(v_begin.ontology_id, v_begin.job_type, v_begin.subject_key, p_payload, p_run_id, v_now);
    DELETE FROM onto.answer AS a
    WHERE a.ontology_id = v_begin.ontology_id AND a.subject_key = v_begin.subject_key AND a.job_type <> v_begin.job_type
      AND a.job_type IN ('timestamp_classification', 'boolean_classification', 'enum_classification', 'uuid_classification',
          'external_id_classification', 'numeric_classification', 'text_classification', 'json_classification',
          'unknown_classification');

    SELECT * INTO v_old FROM onto.column_feature AS f WHERE f.schema_column_id = v_begin.schema_column_id;
    v_details := v_feature -> 'details';
    IF v_old.classification_path IS DISTINCT FROM v_path THEN
        -- Nothing of the path before stays.
        SELECT coalesce(jsonb_object_agg(d.key, 'null'::jsonb), '{}') || v_details INTO v_details
        FROM jsonb_object_keys(coalesce(v_old.details, '{}')) AS d (key);
        v_feature := v_feature || '{"enum_values": []}';
        DELETE FROM onto.answer AS a
        WHERE a.ontology_id = v_begin.ontology_id AND a.subject_key = v_begin.subject_key
          AND a.job_type IN ('enum_analysis', 'fk_resolution');
    ELSE
        IF (v_feature ->> 'needs_fk_resolution')::boolean IS NOT TRUE THEN
            DELETE FROM onto.answer AS a
            WHERE a.ontology_id = v_begin.ontology_id AND a.subject_key = v_begin.subject_key AND a.job_type = 'fk_resolution';
        END IF;
        IF (v_feature ->> 'needs_enum_analysis')::boolean IS NOT TRUE AND v_old.needs_enum_analysis THEN
            v_feature := v_feature || '{"enum_values": []}';
            v_details := v_details || '{"is_state_machine": null, "state_description": null}';
            DELETE FROM onto.answer AS a
            WHERE a.ontology_id = v_begin.ontology_id AND a.subject_key = v_begin.subject_key AND a.job_type = 'enum_analysis';
        END IF;
        -- Who looked closer says it better.
        SELECT a.answer ->> 'description' INTO v_said FROM onto.answer AS a
        WHERE a.ontology_id = v_begin.ontology_id AND a.subject_key = v_begin.subject_key AND a.job_type = 'enum_analysis';
        IF v_said IS NOT NULL THEN
            v_feature := v_feature || jsonb_build_object('description', v_said);
        END IF;
        IF (v_feature ->> 'needs_cross_column_check')::boolean IS NOT TRUE THEN
            v_details := v_details || '{"soft_delete": null, "monetary": null}';
        ELSIF coalesce(v_old.details -> 'soft_delete', v_old.details -> 'monetary') IS NOT NULL THEN
            v_feature := v_feature || jsonb_build_object('purpose', v_old.purpose, 'role', v_old.role, 'semantic_type', v_old.semantic_type);
            v_details := v_details || jsonb_strip_nulls(jsonb_build_object('is_soft_delete', v_old.details -> 'is_soft_delete',
                'timestamp_purpose', v_old.details -> 'timestamp_purpose'));
        END IF;
    END IF;
    -- What its table said of it is asked again if the column is looked at once more beside its neighbours.
    IF coalesce(v_old.details -> 'soft_delete', v_old.details -> 'monetary') IS NOT NULL
        AND (v_old.classification_path IS DISTINCT FROM v_path OR (v_feature ->> 'needs_cross_column_check')::boolean IS NOT TRUE) THEN
        DELETE FROM onto.answer AS a
        USING onto.schema_table AS t
        WHERE t.schema_table_id = v_begin.schema_table_id AND a.ontology_id = v_begin.ontology_id
          AND a.job_type = 'cross_column_analysis' AND a.subject_key = t.table_key;
    END IF;
    v_changed := onto.usp_put_column_feature(v_begin.ontology_id, v_begin.schema_column_id, v_begin.subject_key,
        v_feature || jsonb_build_object('details', v_details), p_payload ->> 'model', p_run_id, v_begin.dag_id, v_now);

    RETURN QUERY
    SELECT c.status, c.outcome
    FROM llm.usp_complete_job(p_job_id, p_run_id, jsonb_build_object('status', 'routed', 'changed', v_changed),
        jsonb_build_object('prompt_sha256', p_payload ->> 'prompt_sha256', 'model', p_payload ->> 'model'), v_now) AS c;
END
$$;
