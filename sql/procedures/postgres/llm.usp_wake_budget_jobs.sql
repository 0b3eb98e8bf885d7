-- Purpose:     let jobs go that wait for money or for a limit a minute, once there is some again: the limit was raised or
--              removed, the price entered, the day is over. Runners call it every few seconds.
-- Parameters:  p_model only jobs that were to ask this one (null = any); p_force true also lets those go that would still have
--              to wait; p_limit most jobs of this call; p_now UTC.
-- Returns:     affected.
-- Errors:      INVALID_PAYLOAD for a negative limit.
-- Idempotency: jobs that are due no longer count.
CREATE OR REPLACE FUNCTION llm.usp_wake_budget_jobs(
    p_model text DEFAULT NULL, p_force boolean DEFAULT false, p_limit integer DEFAULT 1000, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (affected bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_now timestamptz := coalesce(p_now, clock_timestamp());
    v_ids bigint[];
BEGIN
    v_ids := ARRAY (
        SELECT j.job_id
        FROM llm.job AS j
        LEFT JOIN llm.run AS r ON r.run_id = j.run_id
        LEFT JOIN llm.rate_limit AS l ON l.model = r.model
        LEFT JOIN llm.dag_node AS n ON n.dag_node_id = j.dag_node_id
        LEFT JOIN llm.dag_budget AS b ON b.dag_id = n.dag_id
        WHERE j.status = 'SCHEDULED' AND j.last_error_code IN ('BUDGET_EXHAUSTED', 'LIMIT_REACHED')
          AND (p_model IS NULL OR r.model = p_model)
          AND (p_force OR CASE j.last_error_code
              WHEN 'LIMIT_REACHED' THEN l.model IS NULL
                  OR l.requests_per_minute IS DISTINCT FROM l.paced_requests_per_minute
                  OR l.tokens_per_minute IS DISTINCT FROM l.paced_tokens_per_minute
              ELSE NOT (coalesce(b.usd_limit <= b.refused_limit, false)
                  OR (num_nonnulls(l.usd_per_day, b.usd_limit) > 0
                      AND NOT EXISTS (SELECT 1 FROM llm.model_price AS p WHERE p.model = r.model))
                  OR coalesce(l.refused_day = (v_now AT TIME ZONE 'UTC')::date AND l.usd_per_day <= l.refused_limit, false))
              END)
        -- As its own small index has them, however many jobs wait for other reasons.
        ORDER BY j.last_error_code, j.job_id
        LIMIT llm.fn_checked_limit(p_limit)
        FOR NO KEY UPDATE OF j SKIP LOCKED);
    IF cardinality(v_ids) > 0 THEN
        -- What runners do every few seconds tells nothing about a job; what a person forces does.
        INSERT INTO llm.job_event (job_id, event, detail, happened_at)
        SELECT j.job_id, 'woken', jsonb_build_object('last_error_code', j.last_error_code, 'available_at', j.available_at), v_now
        FROM llm.job AS j
        WHERE p_force AND j.job_id = ANY (v_ids);
        UPDATE llm.job AS j SET status = 'NEW', available_at = v_now WHERE j.job_id = ANY (v_ids);
        PERFORM pg_notify('sproute_work', '');
    END IF;
    RETURN QUERY SELECT cardinality(v_ids)::bigint;
END
$$;
