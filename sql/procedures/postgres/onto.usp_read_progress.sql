-- Purpose:     how far a dag is, node by node.
-- Parameters:  p_dag_id.
-- Returns:     one row a node, in order: ordinal, name, status, is_planning (its items are being counted), done, failed, total,
--              running (json array of subjects, 5 at most), waiting (jobs to be tried again later) and why (of one of them), message (what the plan
--              found and how the node ended; why the plan failed), applied (json: what its plan settled), started_at, finished_at; with each row dag_status, dag_error.
-- Errors:      none; no row for an unknown dag.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION onto.usp_read_progress(p_dag_id bigint)
RETURNS TABLE (
    ordinal integer, name text, status text, is_planning boolean, done bigint, failed bigint, total bigint, running jsonb,
    waiting bigint, why text, message text, applied jsonb, started_at timestamptz, finished_at timestamptz, dag_status text, dag_error text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT p.ordinal, p.name, p.status, p.status = 'RUNNING' AND coalesce(j.status IN ('NEW', 'SCHEDULED', 'RUNNING'), true),
        p.done, p.failed, p.total, (
            SELECT coalesce(jsonb_agg(r.value ORDER BY r.place), '[]')
            FROM jsonb_array_elements(p.running) WITH ORDINALITY AS r (value, place) WHERE r.place <= 5),
        w.waiting, w.why, CASE j.status WHEN 'DEADLETTER' THEN j.last_error ELSE p.message END,
        j.outcome -> 'applied', p.started_at, p.finished_at, p.dag_status, d.error
    FROM llm.vw_dag_progress AS p
    JOIN llm.dag AS d ON d.dag_id = p.dag_id
    JOIN llm.dag_node AS n ON n.dag_id = p.dag_id AND n.ordinal = p.ordinal
    LEFT JOIN llm.job AS j ON j.job_id = n.plan_job_id
    CROSS JOIN LATERAL (
        SELECT count(*) AS waiting, (
            -- Runs that succeeded have no index by job, and say nothing here.
            SELECT r.error FROM llm.run AS r
            WHERE r.job_id = min(s.job_id) AND r.status <> 'SUCCEEDED' ORDER BY r.finished_at DESC LIMIT 1) AS why
        FROM llm.job AS s
        WHERE p.status = 'RUNNING' AND s.dag_node_id = n.dag_node_id AND s.status = 'SCHEDULED'
    ) AS w
    WHERE p.dag_id = p_dag_id
    ORDER BY p.ordinal;
$$;
