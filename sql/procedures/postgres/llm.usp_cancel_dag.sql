-- Purpose:     cancel a dag: open nodes are SKIPPED, their jobs cancelled; what is completed or failed stays.
-- Parameters:  p_dag_id; p_now UTC.
-- Returns:     status of the dag; jobs that were cancelled or told to stop.
-- Errors:      NOT_FOUND.
-- Idempotency: a dag that has ended stays as it is.
CREATE OR REPLACE FUNCTION llm.usp_cancel_dag(p_dag_id bigint, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (status text, jobs bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now  timestamptz := coalesce(p_now, clock_timestamp());
    v_dag  llm.dag;
    v_jobs bigint := 0;
BEGIN
    SELECT * INTO v_dag FROM llm.dag AS d WHERE d.dag_id = p_dag_id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'NOT_FOUND: no dag has id %', p_dag_id USING ERRCODE = 'SR012';
    END IF;
    IF v_dag.status = 'RUNNING' THEN
        UPDATE llm.dag_node AS n SET status = 'SKIPPED', finished_at = v_now
        WHERE n.dag_id = p_dag_id AND n.status IN ('PENDING', 'RUNNING');
        UPDATE llm.dag AS d SET status = 'CANCELLED', finished_at = v_now WHERE d.dag_id = p_dag_id;
        SELECT c.affected INTO v_jobs
        FROM llm.usp_cancel_jobs(jsonb_build_object('dag_id', p_dag_id), 2147483647, v_now) AS c;
    END IF;
    RETURN QUERY SELECT d.status, v_jobs FROM llm.dag AS d WHERE d.dag_id = p_dag_id;
END
$$;
