-- Purpose:     what is wrong with the payload of a schedule's action, before it is stored.
-- Parameters:  p_action enqueue, procedure or pipeline; p_payload json, see llm.usp_put_schedule.
-- Returns:     a sentence, or null.
-- Errors:      INVALID_PAYLOAD of llm.usp_run_maintenance.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION llm.fn_schedule_fault(p_action text, p_payload jsonb)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_types jsonb := CASE WHEN p_action = 'enqueue' THEN jsonb_path_query_array(p_payload, '$.jobs[*].job_type')
                          ELSE coalesce(p_payload -> 'job_types', '[]') END;
    v_bad   text;
BEGIN
    SELECT k.name INTO v_bad FROM jsonb_object_keys(p_payload) AS k (name)
    WHERE k.name NOT IN ('jobs', 'procedure', 'older_than_days', 'max_steps', 'ingest', 'dedupe_audit', 'job_types')
    ORDER BY k.name LIMIT 1;
    IF FOUND THEN
        RETURN format('p_payload has an unknown field %s', v_bad);
    END IF;
    v_bad := CASE
        WHEN p_action = 'enqueue' AND jsonb_typeof(p_payload -> 'jobs') IS DISTINCT FROM 'array' THEN
            'p_payload of enqueue wants jobs, an array as llm.usp_enqueue_jobs takes it'
        WHEN p_action = 'procedure' AND jsonb_typeof(p_payload -> 'procedure') IS DISTINCT FROM 'string' THEN
            'p_payload of procedure wants procedure, the name of one'
        WHEN NOT coalesce(jsonb_path_exists(p_payload, '$.older_than_days ? (@.type() == "number" && @ == @.floor() && @ >= 0 && @ <= 36500)'), false)
            AND p_payload ? 'older_than_days' THEN 'p_payload.older_than_days is no whole number from 0 to 36500'
        WHEN NOT coalesce(jsonb_path_exists(p_payload, '$.max_steps ? (@.type() == "number" && @ == @.floor() && @ >= 1 && @ <= 1000000)'), false)
            AND p_payload ? 'max_steps' THEN 'p_payload.max_steps is no whole number from 1 to 1000000'
        WHEN p_action = 'pipeline' AND NOT p_payload ?| ARRAY['ingest', 'dedupe_audit', 'job_types'] THEN
            'p_payload of pipeline wants ingest, dedupe_audit or job_types'
        WHEN p_payload ?& ARRAY['ingest', 'dedupe_audit'] THEN 'p_payload has both ingest and dedupe_audit: make two schedules'
        WHEN jsonb_typeof(v_types) <> 'array' OR jsonb_path_exists(v_types, '$[*] ? (@.type() != "string")') THEN
            'p_payload.job_types is no array of names'
        WHEN jsonb_typeof(p_payload -> 'ingest') <> 'object' THEN 'p_payload.ingest is no json object'
        WHEN jsonb_typeof(p_payload -> 'dedupe_audit') <> 'object' THEN 'p_payload.dedupe_audit is no json object'
        END;
    IF v_bad IS NULL THEN
        SELECT format('p_payload names the job type %s, which nobody registered', x.value) INTO v_bad
        FROM jsonb_array_elements_text(v_types) AS x (value)
        WHERE NOT EXISTS (SELECT 1 FROM llm.job_type AS t WHERE t.job_type = x.value)
        LIMIT 1;
    END IF;
    IF v_bad IS NULL AND p_action = 'procedure' THEN
        PERFORM 1 FROM llm.usp_run_maintenance(p_payload ->> 'procedure', (p_payload ->> 'older_than_days')::integer, 0);
    END IF;
    RETURN v_bad;
END
$$;
