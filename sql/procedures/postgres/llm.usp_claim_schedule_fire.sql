-- Purpose:     take the program step of an open firing for a bounded time, or keep it longer.
-- Parameters:  p_name, p_fire_at; p_worker_id who takes it (the same again renews); p_lease_seconds; p_now UTC.
-- Returns:     claimed (false: somebody else has it or another firing of the schedule, or it has none); attempt_count.
-- Errors:      INVALID_PAYLOAD without a worker.
-- Idempotency: a renewal is no attempt. After three attempts that nobody ended it is FAILED (LEASE_EXPIRED).
CREATE OR REPLACE FUNCTION llm.usp_claim_schedule_fire(
    p_name text, p_fire_at timestamptz, p_worker_id uuid, p_lease_seconds integer DEFAULT 60, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (claimed boolean, attempt_count integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now  timestamptz := coalesce(p_now, clock_timestamp());
    v_fire llm.schedule_fire;
BEGIN
    IF p_worker_id IS NULL THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: p_worker_id is null' USING ERRCODE = 'SR004';
    END IF;
    -- All open ones of the schedule, in order: only one of them is worked on.
    PERFORM 1 FROM llm.schedule_fire AS f WHERE f.name = p_name AND f.status = 'OPEN' ORDER BY f.fire_at FOR UPDATE;
    SELECT * INTO v_fire FROM llm.schedule_fire AS f
    WHERE f.name = p_name AND f.fire_at = p_fire_at AND f.status = 'OPEN' AND f.program_step IS NOT NULL;
    IF FOUND AND v_fire.locked_by = p_worker_id AND v_fire.lease_expires_at > v_now THEN
        UPDATE llm.schedule_fire AS f SET lease_expires_at = v_now + p_lease_seconds * interval '1 second'
        WHERE f.name = p_name AND f.fire_at = p_fire_at;
        RETURN QUERY SELECT true, v_fire.attempt_count;
    ELSIF v_fire.name IS NULL OR v_fire.lease_expires_at > v_now OR EXISTS (
        SELECT 1 FROM llm.schedule_fire AS f
        WHERE f.name = p_name AND f.fire_at <> p_fire_at AND f.status = 'OPEN' AND f.locked_by IS NOT NULL AND f.lease_expires_at > v_now)
    THEN
        RETURN QUERY SELECT false, coalesce(v_fire.attempt_count, 0);
    ELSIF v_fire.attempt_count >= 3 THEN
        UPDATE llm.schedule_fire AS f
        SET status = 'FAILED', finished_at = v_now, locked_by = NULL, lease_expires_at = NULL, error_code = coalesce(f.error_code, 'LEASE_EXPIRED'),
            error = coalesce(f.error, 'three schedulers began it and none ended it')
        WHERE f.name = p_name AND f.fire_at = p_fire_at;
        RETURN QUERY SELECT false, v_fire.attempt_count;
    ELSE
        UPDATE llm.schedule_fire AS f
        SET locked_by = p_worker_id, lease_expires_at = v_now + p_lease_seconds * interval '1 second', attempt_count = f.attempt_count + 1
        WHERE f.name = p_name AND f.fire_at = p_fire_at;
        RETURN QUERY SELECT true, v_fire.attempt_count + 1;
    END IF;
END
$$;
