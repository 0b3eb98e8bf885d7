-- Purpose:     close the node of a dag whose jobs have all ended, open the next, close the dag.
-- Parameters:  p_dag_id; p_now UTC.
-- Returns:     status of the dag; node that is open now (null = none).
-- Errors:      NOT_FOUND.
-- Idempotency: may be called by anyone at any time, any number of times: it looks at what is and does what is due.
-- A node starts with its plan job, and fails with the reason if that cannot be enqueued; a node that was reopened after
-- others were retried is planned anew. It is complete when all its jobs have ended, and failed if its plan job is dead, if
-- all its items failed, or more than its allowed share. A failed blocking node skips the later ones, unless only items
-- failed of one whose items do not block.
CREATE OR REPLACE FUNCTION llm.usp_advance_dag(p_dag_id bigint, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (status text, node text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now  timestamptz := coalesce(p_now, clock_timestamp());
    v_dag  llm.dag;
    v_node llm.dag_node;
    v_jobs record;
    v_plan bigint;
    v_end  text;
    v_error text;
BEGIN
    SELECT * INTO v_dag FROM llm.dag AS d WHERE d.dag_id = p_dag_id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'NOT_FOUND: no dag has id %', p_dag_id USING ERRCODE = 'SR012';
    END IF;

    WHILE v_dag.status = 'RUNNING' LOOP
        SELECT * INTO v_node FROM llm.dag_node AS n
        WHERE n.dag_id = p_dag_id AND n.status IN ('PENDING', 'RUNNING')
        ORDER BY n.ordinal LIMIT 1;
        IF NOT FOUND THEN
            UPDATE llm.dag AS d
            SET status = CASE WHEN f.name IS NULL THEN 'COMPLETED' ELSE 'FAILED' END, finished_at = v_now,
                error = CASE WHEN f.name IS NOT NULL THEN f.name || ': ' || coalesce(f.message, 'failed') END
            FROM (SELECT 1) AS one
            LEFT JOIN LATERAL (
                SELECT n.name, n.message FROM llm.dag_node AS n
                WHERE n.dag_id = p_dag_id AND n.status = 'FAILED' AND n.blocking
                  AND (n.blocking_items OR NOT EXISTS (
                      SELECT 1 FROM llm.job AS j WHERE j.job_id = n.plan_job_id AND j.status = 'SUCCEEDED'))
                ORDER BY n.ordinal LIMIT 1) AS f ON true
            WHERE d.dag_id = p_dag_id
            RETURNING d.* INTO v_dag;
            EXIT;
        END IF;

        IF v_node.status = 'PENDING' OR v_node.plan_job_id IS NULL THEN
            -- Open before anything is enqueued into it: llm.usp_enqueue_jobs refuses what comes into a node that is not.
            UPDATE llm.dag_node AS n
            SET status = 'RUNNING', started_at = coalesce(n.started_at, v_now)
            WHERE n.dag_node_id = v_node.dag_node_id;
            v_plan := NULL;
            BEGIN
                SELECT e.job_id INTO v_plan
                FROM llm.usp_enqueue_job(
                    p_job_type => v_node.plan_job_type, p_subject => v_node.name,
                    p_dedupe_key => 'plan:' || (
                        SELECT count(*) FROM llm.job AS j
                        WHERE j.dag_node_id = v_node.dag_node_id AND llm.fn_is_plan_job(j.dag_node_id, j.dedupe_key)),
                    p_correlation_id => v_dag.correlation_id, p_dag_node_id => v_node.dag_node_id,
                    p_input => v_node.plan_input, p_now => v_now) AS e;
            EXCEPTION WHEN SQLSTATE 'SR003' OR SQLSTATE 'SR004' THEN
                v_error := SQLERRM;
            END;
            IF v_plan IS NULL THEN
                UPDATE llm.dag_node AS n SET status = 'FAILED', message = v_error, finished_at = v_now
                WHERE n.dag_node_id = v_node.dag_node_id;
                UPDATE llm.dag_node AS n SET status = 'SKIPPED', finished_at = v_now
                WHERE v_node.blocking AND n.dag_id = p_dag_id AND n.status = 'PENDING';
                CONTINUE;
            END IF;
            UPDATE llm.dag_node AS n
            SET plan_job_id = v_plan
            WHERE n.dag_node_id = v_node.dag_node_id
            RETURNING n.* INTO v_node;
        END IF;

        SELECT count(*) FILTER (WHERE j.status IN ('NEW', 'SCHEDULED', 'RUNNING')) AS open,
            count(*) FILTER (WHERE NOT llm.fn_is_plan_job(j.dag_node_id, j.dedupe_key)) AS total,
            count(*) FILTER (WHERE NOT llm.fn_is_plan_job(j.dag_node_id, j.dedupe_key)
                AND j.status IN ('DEADLETTER', 'CANCELLED')) AS failed,
            bool_or(j.job_id = v_node.plan_job_id AND j.status IN ('DEADLETTER', 'CANCELLED')) AS plan_failed
        INTO v_jobs
        FROM llm.job AS j
        WHERE j.dag_node_id = v_node.dag_node_id;
        EXIT WHEN v_jobs.open > 0;

        v_end := CASE
            WHEN v_jobs.plan_failed THEN 'FAILED'
            WHEN v_jobs.total > 0 AND v_jobs.failed = v_jobs.total THEN 'FAILED'
            WHEN v_jobs.failed > v_node.max_failed_share * v_jobs.total THEN 'FAILED'
            ELSE 'COMPLETED' END;
        UPDATE llm.dag_node AS n
        SET status = v_end, total = v_jobs.total, finished_at = v_now,
            message = CASE WHEN v_jobs.plan_failed THEN 'its plan job failed'
                           WHEN v_jobs.failed > 0 THEN format('%s of %s items failed', v_jobs.failed, v_jobs.total) END
        WHERE n.dag_node_id = v_node.dag_node_id;
        IF v_end = 'FAILED' AND v_node.blocking AND (v_node.blocking_items OR v_jobs.plan_failed) THEN
            UPDATE llm.dag_node AS n SET status = 'SKIPPED', finished_at = v_now
            WHERE n.dag_id = p_dag_id AND n.status = 'PENDING';
        END IF;
    END LOOP;

    RETURN QUERY
    SELECT v_dag.status, (
        SELECT n.name FROM llm.dag_node AS n WHERE n.dag_id = p_dag_id AND n.status = 'RUNNING' ORDER BY n.ordinal LIMIT 1);
END
$$;
