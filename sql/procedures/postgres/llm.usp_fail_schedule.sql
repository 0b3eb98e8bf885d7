-- Purpose:     record that a schedule could not fire for one instant, and set the next, so that it does not stop there.
-- Parameters:  p_name; p_fire_at its next_fire_at; p_next_fire_at; p_error_code, p_error why; p_now UTC.
-- Returns:     recorded (false: somebody else dealt with that instant).
-- Errors:      none.
-- Idempotency: yes.
CREATE OR REPLACE FUNCTION llm.usp_fail_schedule(
    p_name text, p_fire_at timestamptz, p_next_fire_at timestamptz, p_error_code text, p_error text, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (recorded boolean)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH moved AS (
        UPDATE llm.schedule AS s SET next_fire_at = p_next_fire_at, last_fired_at = coalesce(p_now, clock_timestamp())
        WHERE s.name = p_name AND date_trunc('milliseconds', s.next_fire_at) = date_trunc('milliseconds', p_fire_at)
          AND p_next_fire_at > p_fire_at
        RETURNING s.action, s.payload
    ), noted AS (
        INSERT INTO llm.schedule_fire (name, fire_at, fired_at, status, action, payload, error_code, error, finished_at)
        SELECT p_name, p_fire_at, coalesce(p_now, clock_timestamp()), 'FAILED', m.action, m.payload, p_error_code, p_error,
            coalesce(p_now, clock_timestamp())
        FROM moved AS m
        ON CONFLICT (name, fire_at) DO NOTHING
        RETURNING 1)
    SELECT EXISTS (SELECT 1 FROM moved);
$$;
