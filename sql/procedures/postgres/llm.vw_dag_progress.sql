-- Purpose:     how far every dag is, node by node; a query, not a counter.
-- Columns:     dag_id, kind, subject, dag_status, ordinal, name, status, done, failed, total, running (subjects), message (what the plan
--              found, and how the node ended), started_at, finished_at.
CREATE OR REPLACE VIEW llm.vw_dag_progress AS
SELECT d.dag_id, d.kind, d.subject, d.status AS dag_status, n.ordinal, n.name, n.status,
    count(j.job_id) FILTER (WHERE j.status IN ('SUCCEEDED', 'DEADLETTER', 'CANCELLED')) AS done,
    count(j.job_id) FILTER (WHERE j.status IN ('DEADLETTER', 'CANCELLED')) AS failed,
    count(j.job_id) AS total,
    coalesce(jsonb_agg(j.subject ORDER BY j.job_id) FILTER (WHERE j.status = 'RUNNING'), '[]') AS running,
    nullif(concat_ws('; ', rtrim(n.plan_message, '.'), n.message), '') AS message, n.started_at, n.finished_at
FROM llm.dag AS d
JOIN llm.dag_node AS n ON n.dag_id = d.dag_id
LEFT JOIN llm.job AS j ON j.dag_node_id = n.dag_node_id AND j.dedupe_key NOT LIKE 'dag:' || n.dag_node_id || ':plan:%'
GROUP BY d.dag_id, d.kind, d.subject, d.status, n.dag_node_id, n.ordinal, n.name, n.status, n.plan_message, n.message, n.started_at, n.finished_at;
