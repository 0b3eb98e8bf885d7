-- Purpose:     limits of dags.
-- Parameters:  @dag_node_id only of the dag with this step (null = of all).
-- Returns:     dag_id, usd_limit, usd_used (what is reserved included), is_spent whether its jobs wait for money.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE llm.usp_list_dag_limits @dag_node_id bigint = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SELECT b.dag_id, b.usd_limit, b.usd_used, CONVERT(bit, IIF(b.usd_limit <= b.refused_limit, 1, 0)) AS is_spent
    FROM llm.dag_budget AS b
    WHERE @dag_node_id IS NULL
       OR b.dag_id = (SELECT n.dag_id FROM llm.dag_node AS n WHERE n.dag_node_id = @dag_node_id)
    ORDER BY b.dag_id
    OPTION (RECOMPILE);
END;
