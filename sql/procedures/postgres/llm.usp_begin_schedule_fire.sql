-- Purpose:     record one firing of a schedule and do what one transaction can do of it; internal.
-- Parameters:  p_name of a schedule whose row the caller holds; p_fire_at; p_is_manual; p_missed_count; p_is_skipped; p_now UTC;
--              p_correlation_id (null = a new one).
-- Returns:     fired (false: this instant fired before); status; result; correlation_id.
-- Errors:      UNKNOWN_JOB_TYPE, INVALID_PAYLOAD of what it enqueues.
-- Idempotency: an instant fires once.
CREATE OR REPLACE FUNCTION llm.usp_begin_schedule_fire(
    p_name text, p_fire_at timestamptz, p_is_manual boolean, p_missed_count integer, p_is_skipped boolean, p_now timestamptz,
    p_correlation_id uuid DEFAULT NULL)
RETURNS TABLE (fired boolean, status text, result jsonb, correlation_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_schedule    llm.schedule;
    v_correlation uuid := coalesce(p_correlation_id, gen_random_uuid());
    v_status      text;
    v_inserted    integer;
    v_result      jsonb;
BEGIN
    SELECT * INTO v_schedule FROM llm.schedule AS s WHERE s.name = p_name;
    v_status := CASE WHEN p_is_skipped THEN 'SKIPPED' WHEN v_schedule.action = 'enqueue' THEN 'DONE' ELSE 'OPEN' END;
    INSERT INTO llm.schedule_fire (name, fire_at, fired_at, status, is_manual, missed_count, action, payload, program_step,
        correlation_id, finished_at)
    VALUES (p_name, p_fire_at, p_now, v_status, p_is_manual, coalesce(p_missed_count, 0), v_schedule.action, v_schedule.payload,
        CASE WHEN v_status <> 'OPEN' OR v_schedule.action <> 'pipeline' THEN NULL
             WHEN v_schedule.payload ? 'ingest' THEN 'ingest'
             WHEN v_schedule.payload ? 'dedupe_audit' THEN 'dedupe_audit' END,
        v_correlation, CASE WHEN v_status <> 'OPEN' THEN p_now END)
    ON CONFLICT (name, fire_at) DO NOTHING;
    GET DIAGNOSTICS v_inserted = ROW_COUNT;
    IF v_inserted = 0 THEN
        RETURN QUERY SELECT false, NULL::text, NULL::jsonb, NULL::uuid;
        RETURN;
    END IF;

    IF v_status = 'DONE' THEN
        -- Each firing has jobs of its own: their keys name it.
        SELECT jsonb_build_object('enqueued', count(*) FILTER (WHERE e.created)) INTO v_result
        FROM (
            SELECT coalesce(jsonb_agg(i.value || jsonb_build_object(
                'correlation_id', coalesce(i.value ->> 'correlation_id', v_correlation::text),
                'dedupe_key', coalesce(i.value ->> 'dedupe_key',
                        (i.value ->> 'job_type') || coalesce(':page:' || (i.value ->> 'source_page_id'), ':' || i.ordinal))
                    || ':schedule:' || p_name || ':' || to_char(p_fire_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
                ORDER BY i.ordinal), '[]') AS jobs
            FROM jsonb_array_elements(coalesce(v_schedule.payload -> 'jobs', '[]')) WITH ORDINALITY AS i (value, ordinal)
        ) AS q
        CROSS JOIN LATERAL llm.usp_enqueue_jobs(q.jobs, p_now) AS e;
        UPDATE llm.schedule_fire AS f SET result = v_result WHERE f.name = p_name AND f.fire_at = p_fire_at;
    END IF;
    RETURN QUERY SELECT true, v_status, v_result, v_correlation;
END
$$;
