-- Purpose:     the one filter of all bulk operations; internal.
-- Parameters:  p_filter json of {job_ids, job_types, status, subject_like, source_like, entity_type, dag_node_id, dag_id,
--              correlation_id, error_code, error_group (llm.vw_dead_letter_groups), older_than_seconds, created_before}, all
--              given ones must hold; p_statuses json array of the statuses that the operation is for; p_now UTC; p_after
--              only jobs with a higher job_id; p_limit the first so many (null = all); p_available_at only jobs that are due at
--              another time (null = whenever).
-- Returns:     job_id of every job that matches, in order; running jobs that were told to stop are none.
-- Errors:      EMPTY_FILTER without any condition, INVALID_PAYLOAD for an unknown one or a value that is null or malformed.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION llm.fn_matching_jobs(
    p_filter jsonb, p_statuses jsonb, p_now timestamptz, p_after bigint DEFAULT 0, p_limit integer DEFAULT NULL,
    p_available_at timestamptz DEFAULT NULL)
RETURNS TABLE (job_id bigint)
-- Planned anew each time: a condition that is not given must not keep the others from their index.
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
DECLARE
    v_unknown  text;
    v_ids      bigint[];
    v_statuses text[];
    v_before   timestamptz := llm.fn_instant(p_filter ->> 'created_before');
BEGIN
    IF jsonb_typeof(p_filter) IS DISTINCT FROM 'object' OR p_filter = '{}' THEN
        RAISE EXCEPTION 'EMPTY_FILTER: a bulk operation wants at least one condition' USING ERRCODE = 'SR006',
            HINT = 'For example {"job_types": ["entity_extraction"]}.';
    END IF;
    SELECT k.name INTO v_unknown
    FROM jsonb_object_keys(p_filter) AS k (name)
    WHERE k.name NOT IN ('job_ids', 'job_types', 'status', 'subject_like', 'source_like', 'entity_type', 'dag_node_id', 'dag_id',
        'correlation_id', 'error_code', 'error_group', 'older_than_seconds', 'created_before')
    ORDER BY k.name LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: the filter has no condition named %', v_unknown USING ERRCODE = 'SR004',
            HINT = 'The header of llm.fn_matching_jobs lists them.';
    END IF;
    -- A null would otherwise stand for no condition, and so for every job.
    SELECT e.key INTO v_unknown
    FROM jsonb_each(p_filter) AS e (key, value)
    WHERE NOT CASE
        WHEN e.key IN ('job_ids', 'job_types') THEN jsonb_typeof(e.value) = 'array' AND NOT jsonb_path_exists(
            e.value, CASE e.key
                WHEN 'job_ids' THEN '$[*] ? (@.type() != "number" || @ != @.floor() || @ > 9223372036854775807 || @ < 0)'
                ELSE '$[*] ? (@.type() != "string")' END::jsonpath)
        WHEN e.key IN ('dag_node_id', 'dag_id') THEN
            jsonb_path_exists(e.value, '$ ? (@.type() == "number" && @ == @.floor() && @ <= 9223372036854775807 && @ >= 0)')
        -- A thousand years: no instant is out of reach.
        WHEN e.key = 'older_than_seconds' THEN
            jsonb_path_exists(e.value, '$ ? (@.type() == "number" && @ >= -31536000000 && @ <= 31536000000)')
        WHEN e.key = 'correlation_id' THEN e.value #>> '{}' ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
        WHEN e.key = 'created_before' THEN llm.fn_instant(e.value #>> '{}') IS NOT NULL
        -- A backslash at the end is no pattern.
        WHEN e.key LIKE '%\_like' THEN jsonb_typeof(e.value) = 'string' AND e.value #>> '{}' !~ '(^|[^\\])(\\\\)*\\$'
        ELSE jsonb_typeof(e.value) = 'string' END IS TRUE
    ORDER BY e.key LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: the condition % has no usable value: %', v_unknown, left(p_filter ->> v_unknown, 200)
            USING ERRCODE = 'SR004', HINT = 'Leave it out to mean any; the header of llm.fn_matching_jobs lists the types.';
    END IF;
    v_statuses := ARRAY (SELECT x.value FROM jsonb_array_elements_text(p_statuses) AS x (value)
                         WHERE (p_filter ->> 'status' IS NULL OR x.value = p_filter ->> 'status')
                           AND (p_filter ->> 'error_group' IS NULL OR x.value = 'DEADLETTER'));
    IF p_filter ? 'job_ids' THEN
        v_ids := ARRAY (SELECT (i.value)::bigint FROM jsonb_array_elements_text(p_filter -> 'job_ids') AS i (value));
    END IF;

    RETURN QUERY
    SELECT j.job_id
    FROM llm.job AS j
    WHERE j.status = ANY (v_statuses)
      AND NOT (j.status = 'RUNNING' AND j.cancel_requested)
      AND j.job_id > coalesce(p_after, 0)
      AND (p_available_at IS NULL OR j.available_at <> p_available_at)
      AND (v_ids IS NULL OR j.job_id = ANY (v_ids))
      AND (p_filter -> 'job_types' IS NULL OR p_filter -> 'job_types' ? j.job_type)
      AND (p_filter ->> 'subject_like' IS NULL OR j.subject ILIKE p_filter ->> 'subject_like')
      AND (p_filter ->> 'correlation_id' IS NULL OR j.correlation_id = (p_filter ->> 'correlation_id')::uuid)
      AND (p_filter ->> 'error_code' IS NULL OR j.last_error_code = p_filter ->> 'error_code')
      AND (p_filter ->> 'error_group' IS NULL OR llm.fn_error_group(j.last_error_code, j.last_error) = p_filter ->> 'error_group')
      AND (p_filter ->> 'dag_node_id' IS NULL OR j.dag_node_id = (p_filter ->> 'dag_node_id')::bigint)
      AND (p_filter ->> 'dag_id' IS NULL OR j.dag_node_id IN (
          SELECT n.dag_node_id FROM llm.dag_node AS n WHERE n.dag_id = (p_filter ->> 'dag_id')::bigint))
      AND (p_filter ->> 'older_than_seconds' IS NULL
          OR j.created_at < p_now - (p_filter ->> 'older_than_seconds')::double precision * interval '1 second')
      AND (v_before IS NULL OR j.created_at < v_before)
      AND (p_filter ->> 'source_like' IS NULL OR EXISTS (
          SELECT 1 FROM ingest.source_page AS s
          WHERE s.source_page_id = j.source_page_id AND s.external_id LIKE p_filter ->> 'source_like'))
      AND (p_filter ->> 'entity_type' IS NULL OR EXISTS (
          SELECT 1 FROM kb.assertion AS a
          WHERE a.source_page_id = j.source_page_id AND a.item_kind = 'entity' AND a.retracted_at IS NULL
            AND a.keys ->> 'type_key' = lower(btrim(p_filter ->> 'entity_type')))
          OR EXISTS (
          SELECT 1 FROM kb.dim_entity AS e
          -- Jobs of other types may call something else so.
          WHERE e.entity_id IN (
                  SELECT CASE WHEN i.id ~ '^[0-9]{1,18}$' THEN i.id::bigint END
                  FROM (VALUES (j.input ->> 'entity_id'), (j.input ->> 'first_entity_id'), (j.input ->> 'second_entity_id')) AS i (id))
            AND lower(e.entity_type) = lower(btrim(p_filter ->> 'entity_type'))))
    ORDER BY j.job_id
    LIMIT p_limit;
END
$$;
