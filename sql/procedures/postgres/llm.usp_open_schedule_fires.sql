-- Purpose:     the firings that have steps left and that nobody works on.
-- Parameters:  p_now UTC; p_limit most of them.
-- Returns:     name, fire_at, action, payload, program_step (null: SQL does the next step), correlation_id, attempt_count;
--              the oldest of each schedule first, then the second of each, so that no backlog of one hides the others.
-- Errors:      INVALID_PAYLOAD for a negative limit.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION llm.usp_open_schedule_fires(p_now timestamptz DEFAULT NULL, p_limit integer DEFAULT 100)
RETURNS TABLE (
    name text, fire_at timestamptz, action text, payload jsonb, program_step text, correlation_id uuid, attempt_count integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT f.name, f.fire_at, f.action, f.payload, f.program_step, f.correlation_id, f.attempt_count
    FROM llm.schedule_fire AS f
    WHERE f.status = 'OPEN' AND (f.lease_expires_at IS NULL OR f.lease_expires_at <= coalesce(p_now, clock_timestamp()))
    ORDER BY row_number() OVER (PARTITION BY f.name ORDER BY f.fire_at), f.fired_at, f.name
    LIMIT llm.fn_checked_limit(p_limit);
$$;
