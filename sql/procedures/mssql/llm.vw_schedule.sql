-- Purpose:     schedules and what came of them last.
-- Columns:     as in llm.schedule, then last_* of the newest firing (SKIPPED ones included) and open_fires.
CREATE OR ALTER VIEW llm.vw_schedule AS
SELECT s.name, s.cron, s.timezone, s.action, s.payload, s.misfire, s.misfire_grace_seconds, s.enabled, s.next_fire_at,
    s.last_fired_at, f.fire_at AS last_fire_at, f.status AS last_status, f.result AS last_result, f.error AS last_error,
    (SELECT COUNT_BIG(*) FROM llm.schedule_fire AS o WHERE o.name = s.name AND o.status = N'OPEN') AS open_fires
FROM llm.schedule AS s
OUTER APPLY (
    SELECT TOP (1) l.fire_at, l.status, l.result, l.error
    FROM llm.schedule_fire AS l
    WHERE l.name = s.name
    ORDER BY l.fire_at DESC) AS f;
