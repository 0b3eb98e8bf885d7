-- Purpose:     how far every dag is, node by node; a query, not a counter.
-- Columns:     dag_id, kind, subject, dag_status, ordinal, name, status, done, failed, total, running (subjects), message (what the plan
--              found, and how the node ended), started_at, finished_at.
CREATE OR REPLACE VIEW llm.vw_dag_progress AS
SELECT d.dag_id, d.kind, d.subject, d.status AS dag_status, n.ordinal, n.name, n.status,
    coalesce(e.total, c.done) AS done, f.failed, coalesce(e.total, c.total) AS total, r.running,
    nullif(concat_ws('; ', rtrim(n.plan_message, '.'), n.message), '') AS message, n.started_at, n.finished_at
FROM llm.dag AS d
JOIN llm.dag_node AS n ON n.dag_id = d.dag_id
CROSS JOIN LATERAL (
    -- Counted when it was closed: of a closed node all have ended.
    SELECT CAST(CASE WHEN n.status IN ('COMPLETED', 'FAILED') THEN n.total END AS bigint) AS total
) AS e
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE j.status IN ('SUCCEEDED', 'DEADLETTER', 'CANCELLED')) AS done, count(*) AS total
    FROM llm.job AS j
    WHERE e.total IS NULL AND j.dag_node_id = n.dag_node_id AND j.dedupe_key NOT LIKE 'dag:' || n.dag_node_id || ':plan:%'
) AS c
CROSS JOIN LATERAL (
    SELECT count(*) AS failed
    FROM llm.job AS j
    WHERE j.dag_node_id = n.dag_node_id AND j.status IN ('DEADLETTER', 'CANCELLED')
      AND j.dedupe_key NOT LIKE 'dag:' || n.dag_node_id || ':plan:%'
) AS f
-- Beside the counts: put in order with them, all jobs of the dag would be sorted.
CROSS JOIN LATERAL (
    SELECT coalesce(jsonb_agg(j.subject ORDER BY j.job_id), '[]') AS running
    FROM llm.job AS j
    WHERE j.dag_node_id = n.dag_node_id AND j.status = 'RUNNING' AND j.dedupe_key NOT LIKE 'dag:' || n.dag_node_id || ':plan:%'
) AS r;
