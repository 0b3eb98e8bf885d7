-- Purpose:     run dead letters and cancelled jobs again, with fresh counters.
-- Parameters:  p_filter as llm.fn_matching_jobs; p_limit most jobs of this call; p_now UTC; p_after only jobs with a higher
--              job_id (to go on where the last call ended, instead of passing over what it did).
-- Returns:     affected; remaining beyond last_job_id (counted to 10 000, and to the end where p_limit is 0); last_job_id for
--              the next call's p_after.
-- Errors:      EMPTY_FILTER, INVALID_PAYLOAD; DAG_RUNNING when job_ids name a job whose dag ended and another of its kind
--              and subject runs (any other filter leaves such jobs out).
-- Idempotency: retried jobs no longer match. Their dag node and the later ones are open again. Rows that are locked now are
--              passed over: a call without p_after meets them.
CREATE OR REPLACE FUNCTION llm.usp_retry_jobs(
    p_filter jsonb, p_limit integer DEFAULT 1000, p_now timestamptz DEFAULT NULL, p_after bigint DEFAULT 0)
RETURNS TABLE (affected bigint, remaining bigint, last_job_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    c_statuses CONSTANT jsonb := '["DEADLETTER", "CANCELLED"]';
    v_now      timestamptz := coalesce(p_now, clock_timestamp());
    v_wanted   bigint[];
    v_dags     bigint[];
    v_blocked  bigint[];
    v_ids      bigint[];
    v_last     bigint;
    v_left     bigint;
BEGIN
    v_wanted := ARRAY (
        SELECT m.job_id FROM llm.fn_matching_jobs(p_filter, c_statuses, v_now, p_after, llm.fn_checked_limit(p_limit)) AS m);
    v_last := coalesce(v_wanted[cardinality(v_wanted)], p_after);
    SELECT count(*) INTO v_left
    FROM llm.fn_matching_jobs(p_filter, c_statuses, v_now, v_last, CASE WHEN p_limit > 0 THEN 10000 END) AS m;

    -- Dags first, as everywhere, then their jobs. A dag that is ended by somebody else meanwhile is seen as ended.
    v_dags := ARRAY (
        SELECT DISTINCT n.dag_id FROM llm.job AS j
        JOIN llm.dag_node AS n ON n.dag_node_id = j.dag_node_id
        WHERE j.job_id = ANY (v_wanted));
    PERFORM 1 FROM llm.dag AS d WHERE d.dag_id = ANY (v_dags) ORDER BY d.dag_id FOR UPDATE;
    -- Only one of a kind and subject runs: the latest of those that are wanted, in later calls too.
    v_blocked := ARRAY (
        SELECT d.dag_id FROM llm.dag AS d
        WHERE d.dag_id = ANY (v_dags) AND d.status <> 'RUNNING' AND EXISTS (
            SELECT 1 FROM llm.dag AS o
            WHERE o.kind = d.kind AND o.subject = d.subject AND o.dag_id <> d.dag_id
              AND (o.status = 'RUNNING' OR o.dag_id > d.dag_id AND NOT p_filter ? 'dag_id' AND EXISTS (
                  SELECT 1 FROM llm.fn_matching_jobs(
                      p_filter || jsonb_build_object('dag_id', o.dag_id), c_statuses, v_now, 0, 1)))));
    IF cardinality(v_blocked) > 0 AND p_filter ? 'job_ids' THEN
        RAISE EXCEPTION 'DAG_RUNNING: the jobs belong to dag %, and another of its kind and subject runs', v_blocked[1]
            USING ERRCODE = 'SR007', HINT = 'Wait until it ends, or cancel it with llm.usp_cancel_dag.';
    END IF;

    v_ids := ARRAY (
        SELECT j.job_id FROM llm.job AS j
        WHERE j.job_id = ANY (v_wanted) AND j.status IN ('DEADLETTER', 'CANCELLED')
          AND NOT EXISTS (
              SELECT 1 FROM llm.dag_node AS n WHERE n.dag_node_id = j.dag_node_id AND n.dag_id = ANY (v_blocked))
        ORDER BY j.job_id
        FOR NO KEY UPDATE SKIP LOCKED);

    INSERT INTO llm.job_event (job_id, event, detail, happened_at)
    SELECT j.job_id, 'retried', jsonb_build_object('status', j.status, 'attempt_count', j.attempt_count,
        'last_error_code', j.last_error_code), v_now
    FROM llm.job AS j
    WHERE j.job_id = ANY (v_ids);
    UPDATE llm.job AS j
    SET status = 'NEW', available_at = v_now, attempt_count = 0, abandon_count = 0, cancel_requested = false,
        outcome = NULL, finished_at = NULL, run_id = NULL, locked_by = NULL, lease_expires_at = NULL
    WHERE j.job_id = ANY (v_ids);

    UPDATE llm.dag AS d
    SET status = 'RUNNING', finished_at = NULL, error = NULL
    WHERE d.dag_id IN (
        SELECT n.dag_id FROM llm.dag_node AS n
        JOIN llm.job AS j ON j.dag_node_id = n.dag_node_id
        WHERE j.job_id = ANY (v_ids));
    UPDATE llm.dag_node AS n
    SET status = CASE WHEN n.ordinal = r.ordinal THEN 'RUNNING' ELSE 'PENDING' END, finished_at = NULL,
        plan_job_id = CASE WHEN n.ordinal = r.ordinal THEN n.plan_job_id END, message = NULL,
        plan_message = CASE WHEN n.ordinal = r.ordinal THEN n.plan_message END
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
    RETURN QUERY SELECT cardinality(v_ids)::bigint, v_left, v_last;
END
$$;
