-- Purpose:     how many jobs wait for a limit, by model or dag.
-- Columns:     model, dag_id, jobs.
CREATE OR ALTER VIEW llm.vw_limit_waiting AS
SELECT r.model, n.dag_id, CONVERT(int, COUNT(*)) AS jobs
FROM llm.job AS j
LEFT JOIN llm.run AS r ON r.run_id = j.run_id
LEFT JOIN llm.dag_node AS n ON n.dag_node_id = j.dag_node_id
WHERE j.status = N'SCHEDULED' AND j.last_error_code IN (N'BUDGET_EXHAUSTED', N'LIMIT_REACHED')
GROUP BY r.model, n.dag_id;
