-- Purpose:     change when waiting jobs run.
-- Parameters:  p_filter as llm.fn_matching_jobs; p_available_at UTC; p_limit most jobs of this call; p_now UTC.
-- Returns:     affected; remaining.
-- Errors:      EMPTY_FILTER, INVALID_PAYLOAD.
-- Idempotency: jobs that have the time already no longer count.
CREATE OR REPLACE FUNCTION llm.usp_reschedule_jobs(
    p_filter jsonb, p_available_at timestamptz, p_limit integer DEFAULT 1000, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (affected bigint, remaining bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_now   timestamptz := coalesce(p_now, clock_timestamp());
    v_ids   bigint[];
    v_total bigint;
BEGIN
    SELECT count(*) INTO v_total
    FROM llm.fn_matching_jobs(p_filter, '["NEW", "SCHEDULED"]', v_now) AS m
    JOIN llm.job AS j ON j.job_id = m.job_id AND j.available_at <> p_available_at;

    v_ids := ARRAY (
        SELECT j.job_id FROM llm.job AS j
        WHERE j.job_id IN (SELECT m.job_id FROM llm.fn_matching_jobs(p_filter, '["NEW", "SCHEDULED"]', v_now) AS m)
          AND j.status IN ('NEW', 'SCHEDULED') AND j.available_at <> p_available_at
        ORDER BY j.job_id
        LIMIT llm.fn_checked_limit(p_limit)
        FOR NO KEY UPDATE SKIP LOCKED);

    UPDATE llm.job AS j
    SET available_at = p_available_at, status = CASE WHEN p_available_at > v_now THEN 'SCHEDULED' ELSE 'NEW' END
    WHERE j.job_id = ANY (v_ids);
    RETURN QUERY SELECT cardinality(v_ids)::bigint, v_total - cardinality(v_ids);
END
$$;
