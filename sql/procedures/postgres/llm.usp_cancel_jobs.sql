-- Purpose:     cancel jobs: waiting ones at once, running ones are told at the next renewal and can write nothing more.
-- Parameters:  p_filter as llm.fn_matching_jobs; p_limit most jobs of this call; p_now UTC.
-- Returns:     affected; remaining (matching jobs that this call left: call again).
-- Errors:      EMPTY_FILTER, INVALID_PAYLOAD.
-- Idempotency: cancelled jobs no longer match. Rows that are locked now are passed over and remain.
CREATE OR REPLACE FUNCTION llm.usp_cancel_jobs(p_filter jsonb, p_limit integer DEFAULT 1000, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (affected bigint, remaining bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_now      timestamptz := coalesce(p_now, clock_timestamp());
    v_ids      bigint[];
    v_total    bigint;
BEGIN
    SELECT count(*) INTO v_total
    FROM llm.fn_matching_jobs(p_filter, '["NEW", "SCHEDULED", "RUNNING"]', v_now) AS m
    JOIN llm.job AS j ON j.job_id = m.job_id AND NOT j.cancel_requested;

    v_ids := ARRAY (
        SELECT j.job_id FROM llm.job AS j
        WHERE j.job_id IN (SELECT m.job_id FROM llm.fn_matching_jobs(p_filter, '["NEW", "SCHEDULED", "RUNNING"]', v_now) AS m)
          AND j.status IN ('NEW', 'SCHEDULED', 'RUNNING') AND NOT j.cancel_requested
        ORDER BY j.job_id
        LIMIT llm.fn_checked_limit(p_limit)
        FOR NO KEY UPDATE SKIP LOCKED);

    UPDATE llm.job AS j
    SET cancel_requested = true,
        status = CASE j.status WHEN 'RUNNING' THEN 'RUNNING' ELSE 'CANCELLED' END,
        outcome = CASE j.status WHEN 'RUNNING' THEN j.outcome ELSE jsonb_build_object('status', 'CANCELLED') END,
        finished_at = CASE j.status WHEN 'RUNNING' THEN NULL ELSE v_now END
    WHERE j.job_id = ANY (v_ids);
    RETURN QUERY SELECT cardinality(v_ids)::bigint, v_total - cardinality(v_ids);
END
$$;
