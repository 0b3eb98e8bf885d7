-- Purpose:     cancel jobs: waiting ones at once, running ones are told at the next renewal and can write nothing more.
-- Parameters:  p_filter as llm.fn_matching_jobs; p_limit most jobs of this call; p_now UTC; p_after only jobs with a higher
--              job_id (to go on where the last call ended, instead of passing over what it did).
-- Returns:     affected; remaining beyond last_job_id (counted to 10 000, and to the end where p_limit is 0); last_job_id for
--              the next call's p_after.
-- Errors:      EMPTY_FILTER, INVALID_PAYLOAD.
-- Idempotency: cancelled jobs no longer match. Rows that are locked now are passed over: a call without p_after meets them.
CREATE OR REPLACE FUNCTION llm.usp_cancel_jobs(
    p_filter jsonb, p_limit integer DEFAULT 1000, p_now timestamptz DEFAULT NULL, p_after bigint DEFAULT 0)
RETURNS TABLE (affected bigint, remaining bigint, last_job_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    c_statuses CONSTANT jsonb := '["NEW", "SCHEDULED", "RUNNING"]';
    v_now      timestamptz := coalesce(p_now, clock_timestamp());
    v_ids      bigint[];
    v_last     bigint;
    v_left     bigint;
BEGIN
    v_ids := ARRAY (
        SELECT m.job_id FROM llm.fn_matching_jobs(p_filter, c_statuses, v_now, p_after, llm.fn_checked_limit(p_limit)) AS m);
    v_last := coalesce(v_ids[cardinality(v_ids)], p_after);
    SELECT count(*) INTO v_left
    FROM llm.fn_matching_jobs(p_filter, c_statuses, v_now, v_last, CASE WHEN p_limit > 0 THEN 10000 END) AS m;
    v_ids := ARRAY (
        SELECT j.job_id FROM llm.job AS j
        WHERE j.job_id = ANY (v_ids) AND j.status IN ('NEW', 'SCHEDULED', 'RUNNING') AND NOT j.cancel_requested
        ORDER BY j.job_id
        FOR NO KEY UPDATE SKIP LOCKED);

    INSERT INTO llm.job_event (job_id, event, detail, happened_at)
    SELECT j.job_id, 'cancelled', jsonb_build_object('status', j.status), v_now
    FROM llm.job AS j
    WHERE j.job_id = ANY (v_ids);
    UPDATE llm.job AS j
    SET cancel_requested = true,
        status = CASE j.status WHEN 'RUNNING' THEN 'RUNNING' ELSE 'CANCELLED' END,
        outcome = CASE j.status WHEN 'RUNNING' THEN j.outcome ELSE jsonb_build_object('status', 'CANCELLED') END,
        finished_at = CASE j.status WHEN 'RUNNING' THEN NULL ELSE v_now END
    WHERE j.job_id = ANY (v_ids);
    RETURN QUERY SELECT cardinality(v_ids)::bigint, v_left, v_last;
END
$$;
