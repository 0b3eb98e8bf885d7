-- Purpose:     make or change a schedule.
-- Parameters:  p_name; p_cron; p_timezone IANA name; p_action and p_payload json: enqueue {jobs: as llm.usp_enqueue_jobs takes
--              them; each firing makes jobs of its own}, procedure {procedure, older_than_days?, max_steps? (1000): a step of
--              llm.usp_run_maintenance again and again until nothing is left or so often}, pipeline {ingest? or dedupe_audit?:
--              what the program does first, job_types?: of which every current page gets its job unless it has one};
--              p_next_fire_at UTC (computed by the caller from expression, zone and now); p_misfire coalesce (one firing for all
--              times that were missed) or skip (none, if later than p_misfire_grace_seconds); p_enabled.
-- Returns:     created.
-- Errors:      INVALID_PAYLOAD naming the parameter.
-- Idempotency: yes.
CREATE OR REPLACE FUNCTION llm.usp_put_schedule(
    p_name text, p_cron text, p_timezone text, p_action text, p_payload jsonb, p_next_fire_at timestamptz,
    p_misfire text DEFAULT 'coalesce', p_enabled boolean DEFAULT true, p_misfire_grace_seconds integer DEFAULT 60)
RETURNS TABLE (created boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_fault text;
BEGIN
    v_fault := CASE
        WHEN coalesce(p_name, '') = '' THEN 'p_name is empty'
        WHEN length(p_name) > 200 THEN 'p_name is longer than 200 characters'
        WHEN p_name ~ '[[:cntrl:]]' OR p_name <> btrim(p_name) THEN
            'p_name has a line break or another control character, or a blank at its beginning or end'
        WHEN coalesce(p_cron, '') = '' THEN 'p_cron is empty'
        WHEN coalesce(p_timezone, '') = '' THEN 'p_timezone is empty'
        WHEN p_next_fire_at IS NULL THEN 'p_next_fire_at is null'
        WHEN p_enabled IS NULL THEN 'p_enabled is null'
        WHEN coalesce(p_misfire, '') NOT IN ('coalesce', 'skip') THEN
            format('p_misfire is "%s", neither coalesce nor skip', p_misfire)
        WHEN coalesce(p_misfire_grace_seconds, -1) < 0 THEN 'p_misfire_grace_seconds is no number from 0 on'
        WHEN coalesce(p_action, '') NOT IN ('enqueue', 'procedure', 'pipeline') THEN
            format('p_action is "%s", none of enqueue, procedure and pipeline', p_action)
        WHEN jsonb_typeof(coalesce(p_payload, '{}')) <> 'object' THEN 'p_payload is no json object'
        END;
    IF v_fault IS NULL THEN
        v_fault := llm.fn_schedule_fault(p_action, coalesce(p_payload, '{}'));
    END IF;
    IF v_fault IS NOT NULL THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: %', v_fault USING ERRCODE = 'SR004',
            HINT = 'The header of llm.usp_put_schedule says what each action takes.';
    END IF;
    RETURN QUERY
    INSERT INTO llm.schedule AS s (name, cron, timezone, action, payload, misfire, misfire_grace_seconds, enabled, next_fire_at)
    VALUES (p_name, p_cron, p_timezone, p_action, coalesce(p_payload, '{}'), p_misfire, p_misfire_grace_seconds, p_enabled,
        p_next_fire_at)
    ON CONFLICT (name) DO UPDATE
        SET cron = EXCLUDED.cron, timezone = EXCLUDED.timezone, action = EXCLUDED.action, payload = EXCLUDED.payload,
            misfire = EXCLUDED.misfire, misfire_grace_seconds = EXCLUDED.misfire_grace_seconds, enabled = EXCLUDED.enabled,
            next_fire_at = EXCLUDED.next_fire_at
    RETURNING s.xmax = 0;
END
$$;
