-- Purpose:     tell the plan jobs of a dag node from its items; internal.
-- Parameters:  p_dag_node_id; p_dedupe_key of a job of the node.
-- Returns:     true for a plan job.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR REPLACE FUNCTION llm.fn_is_plan_job(p_dag_node_id bigint, p_dedupe_key text)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT p_dedupe_key LIKE 'dag:' || p_dag_node_id || ':plan:%';
$$;
