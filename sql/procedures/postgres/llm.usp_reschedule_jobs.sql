-- Purpose:     change when waiting jobs run.
-- Parameters:  p_filter as llm.fn_matching_jobs; p_available_at UTC; p_limit most jobs of this call; p_now UTC; p_after only
--              jobs with a higher job_id (to go on where the last call ended, instead of passing over what it did).
-- Returns:     affected; remaining beyond last_job_id (counted to 10 000, and to the end where p_limit is 0); last_job_id for
--              the next call's p_after.
-- Errors:      EMPTY_FILTER, INVALID_PAYLOAD.
-- Idempotency: jobs that have the time already no longer match. Rows that are locked now are passed over: a call without
--              p_after meets them.
CREATE OR REPLACE FUNCTION llm.usp_reschedule_jobs(
    p_filter jsonb, p_available_at timestamptz, p_limit integer DEFAULT 1000, p_now timestamptz DEFAULT NULL,
    p_after bigint DEFAULT 0)
RETURNS TABLE (affected bigint, remaining bigint, last_job_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    c_statuses CONSTANT jsonb := '["NEW", "SCHEDULED"]';
    v_now      timestamptz := coalesce(p_now, clock_timestamp());
    v_ids      bigint[];
    v_last     bigint;
    v_left     bigint;
BEGIN
    IF p_available_at IS NULL THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: p_available_at is null' USING ERRCODE = 'SR004',
            HINT = 'Say when the jobs are to run.';
    END IF;
    v_ids := ARRAY (
        SELECT m.job_id
        FROM llm.fn_matching_jobs(p_filter, c_statuses, v_now, p_after, llm.fn_checked_limit(p_limit), p_available_at) AS m);
    v_last := coalesce(v_ids[cardinality(v_ids)], p_after);
    SELECT count(*) INTO v_left
    FROM llm.fn_matching_jobs(
        p_filter, c_statuses, v_now, v_last, CASE WHEN p_limit > 0 THEN 10000 END, p_available_at) AS m;
    v_ids := ARRAY (
        SELECT j.job_id FROM llm.job AS j
        WHERE j.job_id = ANY (v_ids) AND j.status IN ('NEW', 'SCHEDULED')
        ORDER BY j.job_id
        FOR NO KEY UPDATE SKIP LOCKED);

    INSERT INTO llm.job_event (job_id, event, detail, happened_at)
    SELECT j.job_id, 'rescheduled', jsonb_build_object('from', j.available_at, 'to', p_available_at), v_now
    FROM llm.job AS j
    WHERE j.job_id = ANY (v_ids);
    UPDATE llm.job AS j
    SET available_at = p_available_at, status = CASE WHEN p_available_at > v_now THEN 'SCHEDULED' ELSE 'NEW' END
    WHERE j.job_id = ANY (v_ids);
    RETURN QUERY SELECT cardinality(v_ids)::bigint, v_left, v_last;
END
$$;
