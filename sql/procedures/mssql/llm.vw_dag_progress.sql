-- Purpose:     how far every dag is, node by node; a query, not a counter.
-- Columns:     dag_id, kind, subject, dag_status, ordinal, name, status, done, failed, total, running (subjects), message (what the plan
--              found, and how the node ended), started_at, finished_at.
CREATE OR ALTER VIEW llm.vw_dag_progress AS
SELECT d.dag_id, d.kind, d.subject, d.status AS dag_status, n.ordinal, n.name, n.status,
    COALESCE(e.total, c.done) AS done, f.failed, COALESCE(e.total, c.total) AS total, r.running,
    NULLIF(CONCAT(CASE WHEN n.plan_message LIKE N'%.' THEN LEFT(n.plan_message,
            LEN(n.plan_message) + 1 - NULLIF(PATINDEX(N'%[^.]%', REVERSE(n.plan_message)), 0)) ELSE n.plan_message END,
        CASE WHEN n.plan_message IS NOT NULL AND n.message IS NOT NULL THEN N'; ' END, n.message), N'') AS message,
    n.started_at, n.finished_at
FROM llm.dag AS d
JOIN llm.dag_node AS n ON n.dag_id = d.dag_id
CROSS APPLY (
    -- Counted when it was closed: of a closed node all have ended.
    SELECT CONVERT(bigint, CASE WHEN n.status IN (N'COMPLETED', N'FAILED') THEN n.total END) AS total
) AS e
CROSS APPLY (
    SELECT COUNT_BIG(CASE WHEN j.status IN (N'SUCCEEDED', N'DEADLETTER', N'CANCELLED') THEN 1 END) AS done, COUNT_BIG(*) AS total
    FROM llm.job AS j
    WHERE e.total IS NULL AND j.dag_node_id = n.dag_node_id AND j.dag_node_id IS NOT NULL
      AND j.dedupe_key NOT LIKE N'dag:' + CONVERT(nvarchar(20), n.dag_node_id) + N':plan:%'
) AS c
CROSS APPLY (
    SELECT COUNT_BIG(*) AS failed
    FROM llm.job AS j
    WHERE j.dag_node_id = n.dag_node_id AND j.dag_node_id IS NOT NULL AND j.status IN (N'DEADLETTER', N'CANCELLED')
      AND j.dedupe_key NOT LIKE N'dag:' + CONVERT(nvarchar(20), n.dag_node_id) + N':plan:%'
) AS f
CROSS APPLY (
    SELECT CONCAT(N'[', STRING_AGG(CONVERT(nvarchar(max), llm.fn_json_string(j.subject)), N',') WITHIN GROUP (ORDER BY j.job_id), N']')
        AS running
    FROM llm.job AS j
    WHERE j.dag_node_id = n.dag_node_id AND j.dag_node_id IS NOT NULL AND j.status = N'RUNNING'
      AND j.dedupe_key NOT LIKE N'dag:' + CONVERT(nvarchar(20), n.dag_node_id) + N':plan:%'
) AS r;
