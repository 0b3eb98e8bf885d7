-- Purpose:     make or change a schedule.
-- Parameters:  p_name; p_cron; p_timezone IANA name; p_action enqueue, procedure or pipeline; p_payload json; p_next_fire_at
--              UTC (computed by the caller from expression, zone and now); p_misfire coalesce or skip; p_enabled.
-- Returns:     created.
-- Errors:      INVALID_PAYLOAD naming the parameter.
-- Idempotency: yes.
CREATE OR REPLACE FUNCTION llm.usp_put_schedule(
    p_name text, p_cron text, p_timezone text, p_action text, p_payload jsonb, p_next_fire_at timestamptz,
    p_misfire text DEFAULT 'coalesce', p_enabled boolean DEFAULT true)
RETURNS TABLE (created boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_fault text;
BEGIN
    v_fault := CASE
        WHEN coalesce(p_name, '') = '' THEN 'p_name is empty'
        WHEN coalesce(p_cron, '') = '' THEN 'p_cron is empty'
        WHEN coalesce(p_timezone, '') = '' THEN 'p_timezone is empty'
        WHEN p_next_fire_at IS NULL THEN 'p_next_fire_at is null'
        WHEN p_enabled IS NULL THEN 'p_enabled is null'
        WHEN coalesce(p_misfire, '') NOT IN ('coalesce', 'skip') THEN
            format('p_misfire is "%s", neither coalesce nor skip', p_misfire)
        WHEN coalesce(p_action, '') NOT IN ('enqueue', 'procedure', 'pipeline') THEN
            format('p_action is "%s", none of enqueue, procedure and pipeline', p_action)
        WHEN jsonb_typeof(coalesce(p_payload, '{}')) <> 'object' THEN 'p_payload is no json object'
        END;
    IF v_fault IS NOT NULL THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: %', v_fault USING ERRCODE = 'SR004';
    END IF;
    RETURN QUERY
    INSERT INTO llm.schedule AS s (name, cron, timezone, action, payload, misfire, enabled, next_fire_at)
    VALUES (p_name, p_cron, p_timezone, p_action, coalesce(p_payload, '{}'), p_misfire, p_enabled, p_next_fire_at)
    ON CONFLICT (name) DO UPDATE
        SET cron = EXCLUDED.cron, timezone = EXCLUDED.timezone, action = EXCLUDED.action, payload = EXCLUDED.payload,
            misfire = EXCLUDED.misfire, enabled = EXCLUDED.enabled, next_fire_at = EXCLUDED.next_fire_at
    RETURNING s.xmax = 0;
END
$$;
