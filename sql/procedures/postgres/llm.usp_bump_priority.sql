-- Purpose:     change the priority of waiting jobs; counts from the next claim on.
-- Parameters:  p_filter as llm.fn_matching_jobs; p_delta to add or p_absolute to set, one of them; p_after only jobs with a
--              higher job_id (to go on where the last call ended); p_limit most jobs of this call.
-- Returns:     affected; remaining; last_job_id for the next call's p_after.
-- Errors:      EMPTY_FILTER, INVALID_PAYLOAD.
-- Idempotency: with p_absolute; with p_delta each call adds.
CREATE OR REPLACE FUNCTION llm.usp_bump_priority(
    p_filter jsonb, p_delta integer DEFAULT NULL, p_absolute integer DEFAULT NULL, p_after bigint DEFAULT 0,
    p_limit integer DEFAULT 1000)
RETURNS TABLE (affected bigint, remaining bigint, last_job_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_now   timestamptz := clock_timestamp();
    v_ids   bigint[];
    v_total bigint;
BEGIN
    IF (p_delta IS NULL) = (p_absolute IS NULL) THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: give either p_delta or p_absolute' USING ERRCODE = 'SR004';
    END IF;
    SELECT count(*) INTO v_total FROM llm.fn_matching_jobs(p_filter, '["NEW", "SCHEDULED"]', v_now) AS m WHERE m.job_id > p_after;

    v_ids := ARRAY (
        SELECT j.job_id FROM llm.job AS j
        WHERE j.job_id IN (SELECT m.job_id FROM llm.fn_matching_jobs(p_filter, '["NEW", "SCHEDULED"]', v_now) AS m)
          AND j.job_id > p_after AND j.status IN ('NEW', 'SCHEDULED')
        ORDER BY j.job_id
        LIMIT llm.fn_checked_limit(p_limit)
        FOR NO KEY UPDATE SKIP LOCKED);

    UPDATE llm.job AS j
    SET priority = coalesce(p_absolute,
        greatest(-2147483648, least(2147483647, j.priority::bigint + p_delta))::integer)
    WHERE j.job_id = ANY (v_ids);
    RETURN QUERY SELECT cardinality(v_ids)::bigint, v_total - cardinality(v_ids),
        coalesce((SELECT max(i.id) FROM unnest(v_ids) AS i (id)), p_after);
END
$$;
