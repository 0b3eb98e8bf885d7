-- Purpose:     what set off the jobs with a correlation id: firings of schedules and dags. A procedure, as the program calls it.
-- Parameters:  @correlation_id.
-- Returns:     one row an event: at (UTC), event (schedule_fired, schedule_ended, dag_started, dag_ended), detail as JSON;
--              ordered by at. No row if jobs were enqueued by hand, by a backfill or by a replay: they say so themselves.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE llm.fn_trace_origins @correlation_id uniqueidentifier
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SELECT o.at, o.event, o.detail
    FROM (
        SELECT f.fired_at AS at, N'schedule_fired' AS event,
            (SELECT f.name AS schedule, REPLACE(CONVERT(nvarchar(23), f.fire_at, 126), N' ', N'T') + N'Z' AS fire_at,
                f.action, f.is_manual, f.missed_count FOR JSON PATH, WITHOUT_ARRAY_WRAPPER) COLLATE Latin1_General_100_BIN2 AS detail
        FROM llm.schedule_fire AS f
        WHERE f.correlation_id = @correlation_id
        UNION ALL
        SELECT f.finished_at, N'schedule_ended',
            JSON_MODIFY((SELECT f.name AS schedule,
                REPLACE(CONVERT(nvarchar(23), f.fire_at, 126), N' ', N'T') + N'Z' AS fire_at, f.status, f.error_code,
                f.error FOR JSON PATH, WITHOUT_ARRAY_WRAPPER),
            '$.result', JSON_QUERY(f.result)) COLLATE Latin1_General_100_BIN2
        FROM llm.schedule_fire AS f
        WHERE f.correlation_id = @correlation_id AND f.finished_at IS NOT NULL
        UNION ALL
        SELECT d.started_at, N'dag_started',
            (SELECT d.dag_id, d.kind, d.subject, d.created_by FOR JSON PATH, WITHOUT_ARRAY_WRAPPER)
                COLLATE Latin1_General_100_BIN2
        FROM llm.dag AS d
        WHERE d.correlation_id = @correlation_id
        UNION ALL
        SELECT d.finished_at, N'dag_ended', (SELECT d.dag_id, d.status, d.error FOR JSON PATH, WITHOUT_ARRAY_WRAPPER)
                COLLATE Latin1_General_100_BIN2
        FROM llm.dag AS d
        WHERE d.correlation_id = @correlation_id AND d.finished_at IS NOT NULL
    ) AS o
    ORDER BY o.at, o.event DESC;
END;
