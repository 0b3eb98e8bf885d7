-- Purpose:     set when a schedule fires next, after the clock had been ahead.
-- Parameters:  p_name; p_expected_at its next_fire_at as the caller saw it; p_next_fire_at.
-- Returns:     changed (false: it has another by now).
-- Errors:      none.
-- Idempotency: yes. What fired already does not fire again.
CREATE OR REPLACE FUNCTION llm.usp_reset_schedule(p_name text, p_expected_at timestamptz, p_next_fire_at timestamptz)
RETURNS TABLE (changed boolean)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH moved AS (
        UPDATE llm.schedule AS s SET next_fire_at = p_next_fire_at, last_fired_at = NULL
        WHERE s.name = p_name AND date_trunc('milliseconds', s.next_fire_at) = date_trunc('milliseconds', p_expected_at)
          AND p_next_fire_at < p_expected_at
        RETURNING 1)
    SELECT EXISTS (SELECT 1 FROM moved);
$$;
