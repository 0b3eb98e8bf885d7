-- Purpose:     cancel a dag: open nodes are SKIPPED, their jobs cancelled; what is completed or failed stays.
-- Parameters:  p_dag_id; p_now UTC.
-- Returns:     status of the dag; jobs that were cancelled or told to stop.
-- Errors:      NOT_FOUND.
-- Idempotency: a dag that has ended stays as it is; a repeat cancels what is left of a cancelled one.
CREATE OR REPLACE FUNCTION llm.usp_cancel_dag(p_dag_id bigint, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (status text, jobs bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now  timestamptz := coalesce(p_now, clock_timestamp());
    v_dag  llm.dag;
    v_ids  bigint[] := '{}';
BEGIN
    SELECT * INTO v_dag FROM llm.dag AS d WHERE d.dag_id = p_dag_id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'NOT_FOUND: no dag has id %', p_dag_id USING ERRCODE = 'SR012';
    END IF;
    IF v_dag.status IN ('RUNNING', 'CANCELLED') THEN
        UPDATE llm.dag_node AS n SET status = 'SKIPPED', finished_at = v_now
        WHERE n.dag_id = p_dag_id AND n.status IN ('PENDING', 'RUNNING');
        UPDATE llm.dag AS d SET status = 'CANCELLED', finished_at = coalesce(d.finished_at, v_now) WHERE d.dag_id = p_dag_id;
        -- A job that is being claimed right now is waited for, not passed over.
        v_ids := ARRAY (
            SELECT j.job_id FROM llm.job AS j
            WHERE j.dag_node_id IN (SELECT n.dag_node_id FROM llm.dag_node AS n WHERE n.dag_id = p_dag_id)
              AND j.status IN ('NEW', 'SCHEDULED', 'RUNNING') AND NOT j.cancel_requested
            ORDER BY j.job_id
            FOR NO KEY UPDATE);
        INSERT INTO llm.job_event (job_id, event, detail, happened_at)
        SELECT j.job_id, 'cancelled', jsonb_build_object('status', j.status, 'dag_id', p_dag_id), v_now
        FROM llm.job AS j
        WHERE j.job_id = ANY (v_ids) AND j.status IN ('NEW', 'SCHEDULED', 'RUNNING');
        UPDATE llm.job AS j
        SET cancel_requested = true,
            status = CASE j.status WHEN 'RUNNING' THEN 'RUNNING' ELSE 'CANCELLED' END,
            outcome = CASE j.status WHEN 'RUNNING' THEN j.outcome ELSE jsonb_build_object('status', 'CANCELLED') END,
            finished_at = CASE j.status WHEN 'RUNNING' THEN NULL ELSE v_now END
        WHERE j.job_id = ANY (v_ids) AND j.status IN ('NEW', 'SCHEDULED', 'RUNNING');
    END IF;
    RETURN QUERY SELECT d.status, cardinality(v_ids)::bigint FROM llm.dag AS d WHERE d.dag_id = p_dag_id;
END
$$;
