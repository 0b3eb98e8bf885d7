-- Purpose:     run dead letters and cancelled jobs again, with fresh counters.
-- Parameters:  p_filter as llm.fn_matching_jobs; p_limit most jobs of this call; p_now UTC.
-- Returns:     affected; remaining.
-- Errors:      EMPTY_FILTER, INVALID_PAYLOAD.
-- Idempotency: retried jobs no longer match. Their dag node and the later ones are open again.
CREATE OR REPLACE FUNCTION llm.usp_retry_jobs(p_filter jsonb, p_limit integer DEFAULT 1000, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (affected bigint, remaining bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_now   timestamptz := coalesce(p_now, clock_timestamp());
    v_ids   bigint[];
    v_total bigint;
BEGIN
    SELECT count(*) INTO v_total FROM llm.fn_matching_jobs(p_filter, '["DEADLETTER", "CANCELLED"]', v_now);

    v_ids := ARRAY (
        SELECT j.job_id FROM llm.job AS j
        WHERE j.job_id IN (SELECT m.job_id FROM llm.fn_matching_jobs(p_filter, '["DEADLETTER", "CANCELLED"]', v_now) AS m)
          AND j.status IN ('DEADLETTER', 'CANCELLED')
        ORDER BY j.job_id
        LIMIT p_limit
        FOR NO KEY UPDATE SKIP LOCKED);

    UPDATE llm.job AS j
    SET status = 'NEW', available_at = v_now, attempt_count = 0, abandon_count = 0, cancel_requested = false,
        outcome = NULL, finished_at = NULL, run_id = NULL, locked_by = NULL, lease_expires_at = NULL
    WHERE j.job_id = ANY (v_ids);

    UPDATE llm.dag AS d
    SET status = 'RUNNING', finished_at = NULL, error = NULL
    WHERE d.status <> 'RUNNING' AND d.dag_id IN (
        SELECT n.dag_id FROM llm.dag_node AS n
        JOIN llm.job AS j ON j.dag_node_id = n.dag_node_id
        WHERE j.job_id = ANY (v_ids));
    UPDATE llm.dag_node AS n
    SET status = CASE WHEN n.ordinal = r.ordinal THEN 'RUNNING' ELSE 'PENDING' END, finished_at = NULL,
        plan_job_id = CASE WHEN n.ordinal = r.ordinal THEN n.plan_job_id END
    FROM (
        SELECT o.dag_id, min(o.ordinal) AS ordinal
        FROM llm.dag_node AS o
        JOIN llm.job AS j ON j.dag_node_id = o.dag_node_id
        WHERE j.job_id = ANY (v_ids)
        GROUP BY o.dag_id
    ) AS r
    WHERE n.dag_id = r.dag_id AND n.ordinal >= r.ordinal;

    IF cardinality(v_ids) > 0 THEN
        PERFORM pg_notify('sproute_work', '');
    END IF;
    RETURN QUERY SELECT cardinality(v_ids)::bigint, v_total - cardinality(v_ids);
END
$$;
