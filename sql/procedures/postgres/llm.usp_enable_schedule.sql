-- Purpose:     let a schedule fire, or not; also sets when it does next.
-- Parameters:  p_name; p_enabled; p_next_fire_at UTC, computed by the caller from expression, zone and now: what was missed
--              while it was disabled is not made up for (null = leave it).
-- Returns:     changed (whether it was the other way).
-- Errors:      NOT_FOUND.
-- Idempotency: yes.
CREATE OR REPLACE FUNCTION llm.usp_enable_schedule(p_name text, p_enabled boolean, p_next_fire_at timestamptz DEFAULT NULL)
RETURNS TABLE (changed boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_was boolean;
BEGIN
    SELECT s.enabled INTO v_was FROM llm.schedule AS s WHERE s.name = p_name FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'NOT_FOUND: no schedule is named %', p_name USING ERRCODE = 'SR012';
    END IF;
    UPDATE llm.schedule AS s
    SET enabled = coalesce(p_enabled, s.enabled), next_fire_at = coalesce(p_next_fire_at, s.next_fire_at)
    WHERE s.name = p_name;
    RETURN QUERY SELECT v_was IS DISTINCT FROM coalesce(p_enabled, v_was);
END
$$;
