-- Purpose:     limits of dags.
-- Parameters:  p_dag_node_id only of the dag with this step (null = of all).
-- Returns:     dag_id, usd_limit, usd_used (what is reserved included), is_spent whether its jobs wait for money.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION llm.usp_list_dag_limits(p_dag_node_id bigint DEFAULT NULL)
RETURNS TABLE (dag_id bigint, usd_limit numeric, usd_used numeric, is_spent boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT b.dag_id, b.usd_limit, b.usd_used, coalesce(b.usd_limit <= b.refused_limit, false)
    FROM llm.dag_budget AS b
    WHERE p_dag_node_id IS NULL
       OR b.dag_id = (SELECT n.dag_id FROM llm.dag_node AS n WHERE n.dag_node_id = p_dag_node_id)
    ORDER BY b.dag_id;
$$;
