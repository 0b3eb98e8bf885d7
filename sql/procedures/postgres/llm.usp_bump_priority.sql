-- Purpose:     change the priority of waiting jobs; counts from the next claim on.
-- Parameters:  p_filter as llm.fn_matching_jobs; p_delta to add or p_absolute to set, one of them; p_after only jobs with a
--              higher job_id (to go on where the last call ended); p_limit most jobs of this call.
-- Returns:     affected; remaining beyond last_job_id (counted to 10 000, and to the end where p_limit is 0); last_job_id for
--              the next call's p_after.
-- Errors:      EMPTY_FILTER, INVALID_PAYLOAD.
-- Idempotency: with p_absolute; with p_delta each call adds.
CREATE OR REPLACE FUNCTION llm.usp_bump_priority(
    p_filter jsonb, p_delta integer DEFAULT NULL, p_absolute integer DEFAULT NULL, p_after bigint DEFAULT 0,
    p_limit integer DEFAULT 1000)
RETURNS TABLE (affected bigint, remaining bigint, last_job_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_now  timestamptz := clock_timestamp();
    v_ids  bigint[];
    v_last bigint;
    v_left bigint;
BEGIN
    IF (p_delta IS NULL) = (p_absolute IS NULL) THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: give either p_delta or p_absolute' USING ERRCODE = 'SR004';
    END IF;
    v_ids := ARRAY (
        SELECT m.job_id FROM llm.fn_matching_jobs(p_filter, '["NEW", "SCHEDULED"]', v_now, p_after, llm.fn_checked_limit(p_limit)) AS m);
    v_last := coalesce(v_ids[cardinality(v_ids)], p_after);
    SELECT count(*) INTO v_left
    FROM llm.fn_matching_jobs(p_filter, '["NEW", "SCHEDULED"]', v_now, v_last, CASE WHEN p_limit > 0 THEN 10000 END) AS m;
    v_ids := ARRAY (
        SELECT j.job_id FROM llm.job AS j
        WHERE j.job_id = ANY (v_ids) AND j.status IN ('NEW', 'SCHEDULED')
        ORDER BY j.job_id
        FOR NO KEY UPDATE SKIP LOCKED);

    INSERT INTO llm.job_event (job_id, event, detail, happened_at)
    SELECT j.job_id, 'reprioritized', jsonb_build_object('from', j.priority, 'to', coalesce(p_absolute,
        greatest(-2147483648, least(2147483647, j.priority::bigint + p_delta))::integer)), v_now
    FROM llm.job AS j
    WHERE j.job_id = ANY (v_ids);
    UPDATE llm.job AS j
    SET priority = coalesce(p_absolute,
        greatest(-2147483648, least(2147483647, j.priority::bigint + p_delta))::integer)
    WHERE j.job_id = ANY (v_ids);
    RETURN QUERY SELECT cardinality(v_ids)::bigint, v_left, v_last;
END
$$;
