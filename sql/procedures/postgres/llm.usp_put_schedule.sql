-- Purpose:     make or change a schedule.
-- Parameters:  p_name; p_cron; p_timezone IANA name; p_action enqueue, procedure or pipeline; p_payload json; p_next_fire_at
--              UTC (computed by the caller from expression, zone and now); p_misfire coalesce or skip; p_enabled.
-- Returns:     created.
-- Errors:      none.
-- Idempotency: yes.
CREATE OR REPLACE FUNCTION llm.usp_put_schedule(
    p_name text, p_cron text, p_timezone text, p_action text, p_payload jsonb, p_next_fire_at timestamptz,
    p_misfire text DEFAULT 'coalesce', p_enabled boolean DEFAULT true)
RETURNS TABLE (created boolean)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO llm.schedule AS s (name, cron, timezone, action, payload, misfire, enabled, next_fire_at)
    VALUES (p_name, p_cron, p_timezone, p_action, coalesce(p_payload, '{}'), p_misfire, p_enabled, p_next_fire_at)
    ON CONFLICT (name) DO UPDATE
        SET cron = EXCLUDED.cron, timezone = EXCLUDED.timezone, action = EXCLUDED.action, payload = EXCLUDED.payload,
            misfire = EXCLUDED.misfire, enabled = EXCLUDED.enabled, next_fire_at = EXCLUDED.next_fire_at
    RETURNING s.xmax = 0;
$$;
