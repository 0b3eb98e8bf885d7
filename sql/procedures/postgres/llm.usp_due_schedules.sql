-- Purpose:     the schedules whose time has come, and those that wait only because the clock once was more than a day ahead.
-- Parameters:  p_now UTC, default the server's clock, so that all schedulers go by one.
-- Returns:     name, cron, timezone, misfire, misfire_grace_seconds, next_fire_at, last_fired_at, is_ahead, now_at (the instant
--              that this went by).
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION llm.usp_due_schedules(p_now timestamptz DEFAULT NULL)
RETURNS TABLE (
    name text, cron text, timezone text, misfire text, misfire_grace_seconds integer, next_fire_at timestamptz,
    last_fired_at timestamptz, is_ahead boolean, now_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.name, s.cron, s.timezone, s.misfire, s.misfire_grace_seconds, s.next_fire_at, s.last_fired_at,
        s.next_fire_at > c.now_at, c.now_at
    FROM llm.schedule AS s
    CROSS JOIN (SELECT coalesce(p_now, clock_timestamp()) AS now_at) AS c
    WHERE s.enabled AND (s.next_fire_at <= c.now_at OR s.last_fired_at > c.now_at + interval '1 day')
    ORDER BY s.next_fire_at, s.name;
$$;
