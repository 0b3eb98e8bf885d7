-- Purpose:     tell the plan jobs of a dag node from its items; internal.
-- Parameters:  @dag_node_id; @dedupe_key of a job of the node.
-- Returns:     true for a plan job.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR ALTER FUNCTION llm.fn_is_plan_job (@dag_node_id bigint, @dedupe_key nvarchar(800))
RETURNS bit
AS
BEGIN
    RETURN CASE WHEN @dedupe_key COLLATE Latin1_General_100_BIN2 LIKE N'dag:' + CONVERT(nvarchar(20), @dag_node_id) + N':plan:%' THEN 1 ELSE 0 END;
END;
