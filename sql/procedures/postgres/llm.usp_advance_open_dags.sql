-- Purpose:     advance the running dags that wait for it; the maintenance loop of runners calls it, so no crash can strand one.
-- Parameters:  p_limit most dags; p_now UTC; p_waits: wait for those that somebody else advances now, in place of passing them
--              over; whoever wants to know whether anything is left asks so.
-- Returns:     dag_id, status.
-- Errors:      INVALID_PAYLOAD for a negative limit.
-- Idempotency: as llm.usp_advance_dag.
CREATE OR REPLACE FUNCTION llm.usp_advance_open_dags(
    p_limit integer DEFAULT 100, p_now timestamptz DEFAULT NULL, p_waits boolean DEFAULT false)
RETURNS TABLE (dag_id bigint, status text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    IF p_waits THEN
        -- Its own locks are passed over by nobody; what the other one did is seen by the next statement.
        PERFORM d.dag_id FROM llm.dag AS d
        WHERE d.status = 'RUNNING'
          AND NOT EXISTS (
              SELECT 1 FROM llm.dag_node AS n
              JOIN llm.job AS j ON j.dag_node_id = n.dag_node_id AND j.status IN ('NEW', 'SCHEDULED', 'RUNNING')
              WHERE n.dag_id = d.dag_id AND n.status = 'RUNNING')
        ORDER BY d.dag_id
        LIMIT llm.fn_checked_limit(p_limit)
        FOR UPDATE OF d;
    END IF;
    RETURN QUERY
    SELECT o.dag_id, a.status
    FROM (
        SELECT d.dag_id FROM llm.dag AS d
        WHERE d.status = 'RUNNING'
          AND NOT EXISTS (
              SELECT 1 FROM llm.dag_node AS n
              JOIN llm.job AS j ON j.dag_node_id = n.dag_node_id AND j.status IN ('NEW', 'SCHEDULED', 'RUNNING')
              WHERE n.dag_id = d.dag_id AND n.status = 'RUNNING')
        ORDER BY d.dag_id
        LIMIT llm.fn_checked_limit(p_limit)
        FOR UPDATE OF d SKIP LOCKED
    ) AS o
    CROSS JOIN LATERAL llm.usp_advance_dag(o.dag_id, p_now) AS a;
END
$$;
