-- Purpose:     the items of a dag, plans included, and how each ended.
-- Parameters:  p_dag_id; p_status of llm.job, null for all; p_limit.
-- Returns:     node, job_id, job_type, is_plan, subject_key (the node of a plan), subject, status, attempt_count, error_code, error,
--              because (why it was planned), in the order of the nodes and jobs.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION onto.usp_read_items(p_dag_id bigint, p_status text DEFAULT NULL, p_limit integer DEFAULT 100000)
RETURNS TABLE (
    node text, job_id bigint, job_type text, is_plan boolean, subject_key text, subject text, status text, attempt_count integer,
    error_code text, error text, because text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT n.name, j.job_id, j.job_type, llm.fn_is_plan_job(n.dag_node_id, j.dedupe_key),
        coalesce(j.input ->> 'subject_key', n.name), j.subject, j.status, j.attempt_count, j.last_error_code, j.last_error, j.input ->> 'because'
    FROM llm.dag_node AS n
    JOIN llm.job AS j ON j.dag_node_id = n.dag_node_id
    WHERE n.dag_id = p_dag_id AND (p_status IS NULL OR j.status = p_status)
    ORDER BY n.ordinal, j.job_id
    LIMIT p_limit;
$$;
