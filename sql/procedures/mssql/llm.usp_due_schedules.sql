-- Purpose:     the schedules whose time has come, and those that wait only because the clock once was more than a day ahead.
-- Parameters:  @now UTC, default the server's clock, so that all schedulers go by one.
-- Returns:     name, cron, timezone, misfire, misfire_grace_seconds, next_fire_at, last_fired_at, is_ahead, now_at (the instant
--              that this went by).
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE llm.usp_due_schedules @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME());
    SELECT s.name, s.cron, s.timezone, s.misfire, s.misfire_grace_seconds, s.next_fire_at, s.last_fired_at,
        CONVERT(bit, IIF(s.next_fire_at > @at, 1, 0)) AS is_ahead, @at AS now_at
    FROM llm.schedule AS s
    WHERE s.enabled = 1 AND (s.next_fire_at <= @at OR s.last_fired_at > DATEADD(DAY, 1, @at))
    ORDER BY s.next_fire_at, s.name;
END;
