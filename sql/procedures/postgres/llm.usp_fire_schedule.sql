-- Purpose:     fire a schedule for one instant and set the next, in one transaction with what it enqueues.
-- Parameters:  p_name; p_fire_at the instant that is due (its next_fire_at); p_next_fire_at the one after; p_missed_count how
--              many later ones were missed and are covered by this; p_is_skipped true to do nothing for them, as misfire wants.
--              p_now UTC.
-- Returns:     fired (false: another scheduler did it, it is disabled or gone on, or the instant has not come); status; result;
--              correlation_id of all that it sets off.
-- Errors:      NOT_FOUND; INVALID_PAYLOAD if the next instant is not later; UNKNOWN_JOB_TYPE of what it enqueues.
-- Idempotency: an instant fires once, however many schedulers run. What takes steps stays OPEN for
--              llm.usp_step_schedule_fire.
CREATE OR REPLACE FUNCTION llm.usp_fire_schedule(
    p_name text, p_fire_at timestamptz, p_next_fire_at timestamptz, p_missed_count integer DEFAULT 0,
    p_is_skipped boolean DEFAULT false, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (fired boolean, status text, result jsonb, correlation_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now      timestamptz := coalesce(p_now, clock_timestamp());
    v_schedule llm.schedule;
    v_fired    boolean;
    v_status   text;
    v_result   jsonb;
    v_correlation_id uuid;
BEGIN
    SELECT * INTO v_schedule FROM llm.schedule AS s WHERE s.name = p_name FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'NOT_FOUND: no schedule is named %', p_name USING ERRCODE = 'SR012';
    END IF;
    IF p_fire_at IS NULL OR p_next_fire_at IS NULL OR p_next_fire_at <= p_fire_at THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: the next instant % is not later than %', p_next_fire_at, p_fire_at USING ERRCODE = 'SR004';
    END IF;
    -- Schedulers reckon in milliseconds; who sets next_fire_at in SQL may give it more digits.
    IF NOT v_schedule.enabled OR date_trunc('milliseconds', p_fire_at) <> date_trunc('milliseconds', v_schedule.next_fire_at)
        OR p_fire_at > v_now THEN
        RETURN QUERY SELECT false, NULL::text, NULL::jsonb, NULL::uuid;
        RETURN;
    END IF;
    -- It fired before if the clock or somebody set next_fire_at back; then it only goes on.
    SELECT b.fired, b.status, b.result, b.correlation_id INTO v_fired, v_status, v_result, v_correlation_id
    FROM llm.usp_begin_schedule_fire(p_name, p_fire_at, false, p_missed_count, p_is_skipped, v_now) AS b;
    UPDATE llm.schedule AS s
    SET last_fired_at = CASE WHEN v_fired THEN v_now ELSE s.last_fired_at END, next_fire_at = p_next_fire_at
    WHERE s.name = p_name;
    RETURN QUERY SELECT v_fired, v_status, v_result, v_correlation_id;
END
$$;
