-- Purpose:     fire a schedule for one instant and set the next, in one transaction with what it enqueues.
-- Parameters:  p_name; p_fire_at the instant that is due; p_next_fire_at the one after; p_now UTC.
-- Returns:     fired (false: another scheduler did it, it is disabled, or the instant is not due); result json.
-- Errors:      NOT_FOUND; INVALID_PAYLOAD if the next instant is not later; UNKNOWN_JOB_TYPE of what it enqueues.
-- Idempotency: an instant fires once, however many schedulers run.
-- Actions: enqueue passes payload.jobs to llm.usp_enqueue_jobs; procedure runs one of the maintenance procedures below;
-- pipeline enqueues payload.job_type for every current page that has no such job.
CREATE OR REPLACE FUNCTION llm.usp_fire_schedule(
    p_name text, p_fire_at timestamptz, p_next_fire_at timestamptz, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (fired boolean, result jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now      timestamptz := coalesce(p_now, clock_timestamp());
    v_schedule llm.schedule;
    v_inserted integer;
    v_count    bigint;
    v_result   jsonb;
BEGIN
    SELECT * INTO v_schedule FROM llm.schedule AS s WHERE s.name = p_name FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'NOT_FOUND: no schedule is named %', p_name USING ERRCODE = 'SR012';
    END IF;
    IF p_fire_at IS NULL OR p_next_fire_at IS NULL OR p_next_fire_at <= p_fire_at THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: the next instant % is not later than %', p_next_fire_at, p_fire_at USING ERRCODE = 'SR004';
    END IF;
    IF NOT v_schedule.enabled OR p_fire_at < v_schedule.next_fire_at THEN
        RETURN QUERY SELECT false, NULL::jsonb;
        RETURN;
    END IF;
    INSERT INTO llm.schedule_fire (name, fire_at, fired_at) VALUES (p_name, p_fire_at, v_now)
    ON CONFLICT (name, fire_at) DO NOTHING;
    GET DIAGNOSTICS v_inserted = ROW_COUNT;
    IF v_inserted = 0 THEN
        RETURN QUERY SELECT false, NULL::jsonb;
        RETURN;
    END IF;

    IF v_schedule.action = 'enqueue' THEN
        SELECT count(*) FILTER (WHERE e.created) INTO v_count
        FROM llm.usp_enqueue_jobs(coalesce(v_schedule.payload -> 'jobs', '[]'), v_now) AS e;
        v_result := jsonb_build_object('enqueued', v_count);
    ELSIF v_schedule.action = 'pipeline' THEN
        SELECT count(*) FILTER (WHERE e.created) INTO v_count
        FROM (
            SELECT jsonb_agg(jsonb_build_object('job_type', v_schedule.payload ->> 'job_type', 'subject', s.title,
                'source_page_id', s.source_page_id)) AS jobs
            FROM ingest.source_page AS s
            WHERE s.superseded_at IS NULL
              AND NOT EXISTS (
                  SELECT 1 FROM llm.job AS j
                  WHERE j.source_page_id = s.source_page_id AND j.job_type = v_schedule.payload ->> 'job_type')
        ) AS q
        CROSS JOIN LATERAL llm.usp_enqueue_jobs(coalesce(q.jobs, '[]'), v_now) AS e;
        v_result := jsonb_build_object('enqueued', v_count);
    ELSIF v_schedule.payload ->> 'procedure' = 'llm.usp_escalate_overdue_jobs' THEN
        SELECT jsonb_build_object('escalated', e.escalated) INTO v_result FROM llm.usp_escalate_overdue_jobs(1000, v_now) AS e;
    ELSIF v_schedule.payload ->> 'procedure' = 'llm.usp_archive_jobs' THEN
        SELECT jsonb_build_object('archived', a.archived) INTO v_result
        FROM llm.usp_archive_jobs(
            v_now - (v_schedule.payload ->> 'older_than_days')::integer * interval '1 day', 1000, v_now) AS a;
    ELSE
        RAISE EXCEPTION 'INVALID_PAYLOAD: the schedule % names no procedure that a schedule may run', p_name USING ERRCODE = 'SR004',
            HINT = 'llm.usp_escalate_overdue_jobs or llm.usp_archive_jobs.';
    END IF;

    UPDATE llm.schedule_fire AS f SET result = v_result WHERE f.name = p_name AND f.fire_at = p_fire_at;
    UPDATE llm.schedule AS s
    SET last_fired_at = p_fire_at, next_fire_at = greatest(s.next_fire_at, p_next_fire_at)
    WHERE s.name = p_name;
    RETURN QUERY SELECT true, v_result;
END
$$;
