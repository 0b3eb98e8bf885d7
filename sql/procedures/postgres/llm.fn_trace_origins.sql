-- Purpose:     what set off the jobs with a correlation id: firings of schedules and dags.
-- Parameters:  p_correlation_id.
-- Returns:     one row an event: at (UTC), event (schedule_fired, schedule_ended, dag_started, dag_ended), detail as JSON;
--              ordered by at. No row if jobs were enqueued by hand, by a backfill or by a replay: they say so themselves.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION llm.fn_trace_origins(p_correlation_id uuid)
RETURNS TABLE (at timestamptz, event text, detail jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT o.at, o.event, jsonb_strip_nulls(o.detail)
    FROM (
        SELECT f.fired_at AS at, 'schedule_fired' AS event, jsonb_build_object('schedule', f.name, 'fire_at', f.fire_at,
            'action', f.action, 'is_manual', f.is_manual, 'missed_count', f.missed_count) AS detail
        FROM llm.schedule_fire AS f
        WHERE f.correlation_id = p_correlation_id
        UNION ALL
        SELECT f.finished_at, 'schedule_ended', jsonb_build_object('schedule', f.name, 'fire_at', f.fire_at,
            'status', f.status, 'result', f.result, 'error_code', f.error_code, 'error', f.error)
        FROM llm.schedule_fire AS f
        WHERE f.correlation_id = p_correlation_id AND f.finished_at IS NOT NULL
        UNION ALL
        SELECT d.started_at, 'dag_started', jsonb_build_object('dag_id', d.dag_id, 'kind', d.kind, 'subject', d.subject,
            'created_by', d.created_by)
        FROM llm.dag AS d
        WHERE d.correlation_id = p_correlation_id
        UNION ALL
        SELECT d.finished_at, 'dag_ended', jsonb_build_object('dag_id', d.dag_id, 'status', d.status, 'error', d.error)
        FROM llm.dag AS d
        WHERE d.correlation_id = p_correlation_id AND d.finished_at IS NOT NULL
    ) AS o
    ORDER BY o.at, o.event DESC;
$$;
