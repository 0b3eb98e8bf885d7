-- Purpose:     route the profile of a table: its statistics and those of its columns.
-- Parameters:  p_job_id, p_run_id; p_payload {contract, version, subject: {ontology_id, subject_key: the table's key},
--              input_sha256, answer: a document of schema_profile}; p_now UTC.
-- Returns:     the job's status and outcome: {status: routed, profile: PROFILED, SKIPPED or FAILED, message, rows, columns: how
--              many rows of onto.schema_column changed}.
-- Errors:      LEASE_LOST, UNKNOWN_JOB, CONTRACT_MISMATCH, INVALID_PAYLOAD.
-- Idempotency: the same call again returns what it stored; rows whose values are right are not written.
-- A table that could not be read keeps the statistics of the last time that it could. A column that became sensitive
-- meanwhile gets counts and lengths only. The change log tells of a changed status, not of statistics.
CREATE OR REPLACE FUNCTION onto.usp_process_schema_profile_output(
    p_job_id bigint, p_run_id uuid, p_payload jsonb, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (status text, outcome jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now     timestamptz := coalesce(p_now, clock_timestamp());
    v_answer  jsonb := p_payload -> 'answer';
    v_state   text := p_payload #>> '{answer,status}';
    v_begin   record;
    v_before  text;
    v_columns bigint := 0;
BEGIN
    SELECT b.* INTO v_begin FROM onto.usp_begin_routing(p_job_id, p_run_id, p_payload, v_now) AS b;
    IF v_begin.state = 'done' THEN
        RETURN QUERY SELECT CASE v_begin.outcome ->> 'status' WHEN 'CANCELLED' THEN 'CANCELLED' ELSE 'SUCCEEDED' END, v_begin.outcome;
        RETURN;
    END IF;
    IF v_state IN ('PROFILED', 'SKIPPED', 'FAILED') IS NOT TRUE OR jsonb_typeof(v_answer -> 'columns') IS DISTINCT FROM 'array'
        OR v_answer ->> 'table_key' IS DISTINCT FROM v_begin.subject_key OR v_begin.schema_column_id IS NOT NULL THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: the answer is no profile of the table %', v_begin.subject_key USING ERRCODE = 'SR004';
    END IF;
    PERFORM onto.usp_keep_answer(v_begin.ontology_id, v_begin.job_type, v_begin.subject_key, p_payload - 'answer', p_run_id, v_now);

    SELECT t.profile_status INTO v_before FROM onto.schema_table AS t WHERE t.schema_table_id = v_begin.schema_table_id;
    UPDATE onto.schema_table AS t
    SET profile_status = v_state, profile_message = v_answer ->> 'message', profile_run_id = p_run_id,
        profiled_at = CASE v_state WHEN 'PROFILED' THEN v_now ELSE t.profiled_at END, updated_at = v_now,
        row_count = CASE v_state WHEN 'PROFILED' THEN (v_answer ->> 'row_count')::bigint ELSE t.row_count END,
        is_row_count_exact = CASE v_state WHEN 'PROFILED' THEN (v_answer ->> 'is_row_count_exact')::boolean ELSE t.is_row_count_exact END,
        sampled_rows = CASE v_state WHEN 'PROFILED' THEN (v_answer ->> 'sampled_rows')::bigint ELSE t.sampled_rows END,
        profile_sha256 = CASE v_state WHEN 'PROFILED' THEN v_answer ->> 'profile_sha256' ELSE t.profile_sha256 END
    WHERE t.schema_table_id = v_begin.schema_table_id;

    IF v_state = 'PROFILED' THEN
        WITH given AS (
            SELECT c.schema_column_id, g.row_count, g.null_count, g.distinct_count, g.is_distinct_exact, g.distinct_source,
                CASE WHEN NOT c.is_sensitive THEN g.min_value END AS min_value,
                CASE WHEN NOT c.is_sensitive THEN g.max_value END AS max_value,
                CASE WHEN NOT c.is_sensitive THEN g.avg_value END AS avg_value, g.min_length, g.max_length,
                CASE WHEN NOT c.is_sensitive THEN nullif(g.samples, 'null') END AS samples,
                CASE WHEN NOT c.is_sensitive THEN nullif(g.distribution, 'null') END AS distribution,
                CASE WHEN NOT c.is_sensitive THEN nullif(g.patterns, 'null') END AS patterns,
                g.classification_path, g.note
            FROM jsonb_to_recordset(v_answer -> 'columns') AS g (column_key text, row_count bigint, null_count bigint,
                distinct_count bigint, is_distinct_exact boolean, distinct_source text, min_value text, max_value text,
                avg_value double precision, min_length integer, max_length integer, samples jsonb, distribution jsonb,
                patterns jsonb, classification_path text, note text)
            JOIN onto.vw_column AS c ON c.schema_table_id = v_begin.schema_table_id AND c.column_key = g.column_key
        )
        UPDATE onto.schema_column AS c
        SET row_count = g.row_count, null_count = g.null_count, distinct_count = g.distinct_count,
            is_distinct_exact = g.is_distinct_exact, distinct_source = g.distinct_source, min_value = g.min_value,
            max_value = g.max_value, avg_value = g.avg_value, min_length = g.min_length, max_length = g.max_length,
            samples = g.samples, distribution = g.distribution, patterns = g.patterns,
            classification_path = g.classification_path, profile_note = g.note, updated_at = v_now
        FROM given AS g
        WHERE c.schema_column_id = g.schema_column_id
          AND (c.row_count, c.null_count, c.distinct_count, c.is_distinct_exact, c.distinct_source, c.min_value, c.max_value,
               c.avg_value, c.min_length, c.max_length, c.samples, c.distribution, c.patterns, c.classification_path, c.profile_note)
              IS DISTINCT FROM
              (g.row_count, g.null_count, g.distinct_count, g.is_distinct_exact, g.distinct_source, g.min_value, g.max_value,
               g.avg_value, g.min_length, g.max_length, g.samples, g.distribution, g.patterns, g.classification_path, g.note);
    ELSE
        -- What was never read is at least asked about by its type.
        UPDATE onto.schema_column AS c
        SET classification_path = g.classification_path, updated_at = v_now
        FROM jsonb_to_recordset(v_answer -> 'columns') AS g (column_key text, classification_path text)
        WHERE c.schema_table_id = v_begin.schema_table_id AND c.column_key = g.column_key
          AND c.classification_path IS NULL;
    END IF;
    GET DIAGNOSTICS v_columns = ROW_COUNT;
    PERFORM onto.usp_log_changes(v_begin.ontology_id, jsonb_build_array(jsonb_build_object('target_kind', 'table',
        'target_key', v_begin.subject_key, 'field', 'profile_status', 'before', v_before, 'after', v_state)),
        'inferred', p_run_id, v_begin.dag_id, v_now);

    RETURN QUERY
    SELECT c.status, c.outcome
    FROM llm.usp_complete_job(p_job_id, p_run_id, jsonb_strip_nulls(jsonb_build_object('status', 'routed', 'profile', v_state,
        'message', v_answer ->> 'message', 'rows', (v_answer ->> 'row_count')::bigint, 'columns', v_columns)), NULL, v_now) AS c;
END
$$;
