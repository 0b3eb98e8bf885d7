-- Purpose:     the dags of ontologies, newest first: extractions of a whole datasource and small ones.
-- Parameters:  p_datasource null for all; p_dag_id null for all; p_kind ontology or ontology:item, null for both; p_limit.
-- Returns:     dag_id, datasource, kind, target, status, options, created_by, started_at, finished_at, error; items, done (ended
--              in any way), failed (for good; not what was cancelled): jobs beside the plans.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION onto.usp_read_dags(
    p_datasource text DEFAULT NULL, p_dag_id bigint DEFAULT NULL, p_kind text DEFAULT NULL, p_limit integer DEFAULT 100)
RETURNS TABLE (
    dag_id bigint, datasource text, kind text, target text, status text, options jsonb, created_by text, started_at timestamptz,
    finished_at timestamptz, error text, items bigint, done bigint, failed bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT d.dag_id, d.datasource, d.kind, d.target, d.status, d.options, d.created_by, d.started_at, d.finished_at, d.error,
        c.items, c.done, f.failed
    FROM (
        SELECT v.* FROM onto.vw_dag AS v
        WHERE (p_datasource IS NULL OR v.datasource = p_datasource) AND (p_dag_id IS NULL OR v.dag_id = p_dag_id)
          AND (p_kind IS NULL OR v.kind = p_kind)
        ORDER BY v.dag_id DESC
        LIMIT p_limit
    ) AS d
    CROSS JOIN LATERAL (
        SELECT CAST(coalesce(sum(p.total), 0) AS bigint) AS items, CAST(coalesce(sum(p.done), 0) AS bigint) AS done
        FROM llm.vw_dag_progress AS p
        WHERE p.dag_id = d.dag_id
    ) AS c
    CROSS JOIN LATERAL (
        SELECT count(*) AS failed
        FROM llm.dag_node AS n
        JOIN llm.job AS j ON j.dag_node_id = n.dag_node_id AND j.status = 'DEADLETTER' AND NOT llm.fn_is_plan_job(n.dag_node_id, j.dedupe_key)
        WHERE n.dag_id = d.dag_id
    ) AS f
    ORDER BY d.dag_id DESC;
$$;
