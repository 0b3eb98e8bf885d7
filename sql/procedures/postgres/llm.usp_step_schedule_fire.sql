-- Purpose:     the next step of an open firing, as far as SQL does it: a batch of a procedure, or the jobs of a thousand pages.
-- Parameters:  p_name, p_fire_at; p_limit most rows of a step; p_now UTC.
-- Returns:     status (OPEN: call again), result; no row if somebody else is at it or there is nothing to do.
-- Errors:      INVALID_PAYLOAD, UNKNOWN_JOB_TYPE: llm.usp_end_schedule_fire records them.
-- Idempotency: each call does what is left.
CREATE OR REPLACE FUNCTION llm.usp_step_schedule_fire(
    p_name text, p_fire_at timestamptz, p_limit integer DEFAULT 1000, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (status text, result jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now    timestamptz := coalesce(p_now, clock_timestamp());
    v_fire   llm.schedule_fire;
    v_result jsonb;
    v_count  bigint;
    v_left   bigint;
    v_last   bigint;
    v_is_done boolean;
BEGIN
    SELECT * INTO v_fire FROM llm.schedule_fire AS f
    WHERE f.name = p_name AND f.fire_at = p_fire_at AND f.status = 'OPEN' AND f.program_step IS NULL
    FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    v_result := coalesce(v_fire.result, '{}');
    IF v_fire.action = 'procedure' THEN
        SELECT m.affected INTO v_count
        FROM llm.usp_run_maintenance(
            v_fire.payload ->> 'procedure', (v_fire.payload ->> 'older_than_days')::integer, p_limit, v_now) AS m;
        v_result := v_result || jsonb_build_object('affected', coalesce((v_result ->> 'affected')::bigint, 0) + v_count,
            'steps', coalesce((v_result ->> 'steps')::bigint, 0) + 1);
        v_is_done := v_count < p_limit;
        IF NOT v_is_done AND (v_result ->> 'steps')::bigint >= coalesce((v_fire.payload ->> 'max_steps')::bigint, 1000) THEN
            v_is_done := true;
            v_result := v_result || '{"stopped_at_max_steps": true}';
        END IF;
    ELSE
        SELECT count(*), max(q.source_page_id) INTO v_left, v_last
        FROM (
            SELECT s.source_page_id FROM ingest.source_page AS s
            WHERE s.superseded_at IS NULL AND s.source_page_id > coalesce((v_result ->> 'after')::bigint, 0)
            ORDER BY s.source_page_id LIMIT p_limit) AS q;
        SELECT count(*) FILTER (WHERE e.created) INTO v_count
        FROM (
            SELECT coalesce(jsonb_agg(jsonb_build_object('job_type', t.value, 'subject', s.title,
                'source_page_id', s.source_page_id, 'correlation_id', v_fire.correlation_id)), '[]') AS jobs
            FROM ingest.source_page AS s
            CROSS JOIN jsonb_array_elements_text(coalesce(v_fire.payload -> 'job_types', '[]')) AS t (value)
            WHERE s.superseded_at IS NULL AND s.source_page_id > coalesce((v_result ->> 'after')::bigint, 0)
              AND s.source_page_id <= v_last
              AND NOT EXISTS (SELECT 1 FROM llm.job AS j WHERE j.source_page_id = s.source_page_id AND j.job_type = t.value)
              -- Its job may be archived, or purged, and the contract may be newer since: that is for a backfill.
              AND NOT EXISTS (SELECT 1 FROM kb.extraction AS x WHERE x.source_page_id = s.source_page_id AND x.job_type = t.value)
        ) AS q
        CROSS JOIN LATERAL llm.usp_enqueue_jobs(q.jobs, v_now) AS e;
        v_is_done := v_left < p_limit OR NOT v_fire.payload ? 'job_types';
        v_result := v_result - 'after' || jsonb_build_object('enqueued', coalesce((v_result ->> 'enqueued')::bigint, 0) + v_count)
            || CASE WHEN v_is_done THEN '{}' ELSE jsonb_build_object('after', v_last) END;
    END IF;
    UPDATE llm.schedule_fire AS f
    SET result = v_result, status = CASE WHEN v_is_done THEN 'DONE' ELSE 'OPEN' END, finished_at = CASE WHEN v_is_done THEN v_now END
    WHERE f.name = p_name AND f.fire_at = p_fire_at;
    RETURN QUERY SELECT CASE WHEN v_is_done THEN 'DONE' ELSE 'OPEN' END, v_result;
END
$$;
