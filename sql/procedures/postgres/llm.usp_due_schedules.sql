-- Purpose:     the schedules whose time has come.
-- Parameters:  p_now UTC.
-- Returns:     name, cron, timezone, misfire, next_fire_at, last_fired_at.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION llm.usp_due_schedules(p_now timestamptz DEFAULT NULL)
RETURNS TABLE (name text, cron text, timezone text, misfire text, next_fire_at timestamptz, last_fired_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.name, s.cron, s.timezone, s.misfire, s.next_fire_at, s.last_fired_at
    FROM llm.schedule AS s
    WHERE s.enabled AND s.next_fire_at <= coalesce(p_now, clock_timestamp())
    ORDER BY s.next_fire_at, s.name;
$$;
