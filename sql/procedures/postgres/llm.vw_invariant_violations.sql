-- Purpose:     what must not be; empty on a healthy system.
-- Columns:     invariant, job_id, run_id, detail.
CREATE OR REPLACE VIEW llm.vw_invariant_violations AS
SELECT 'running without a lease'::text AS invariant, j.job_id, j.run_id, j.status::text AS detail
FROM llm.job AS j
WHERE j.status = 'RUNNING' AND (j.lease_expires_at IS NULL OR j.locked_by IS NULL OR j.run_id IS NULL)
UNION ALL
SELECT 'lease expired and not rescued', j.job_id, j.run_id, 'since ' || j.lease_expires_at
FROM llm.job AS j
JOIN llm.job_type AS t ON t.job_type = j.job_type
WHERE j.status = 'RUNNING' AND j.lease_expires_at < clock_timestamp() - 3 * t.lease_seconds * interval '1 second'
UNION ALL
SELECT 'succeeded without a run', j.job_id, j.run_id, j.subject
FROM llm.job AS j
WHERE j.status = 'SUCCEEDED' AND NOT EXISTS (SELECT 1 FROM llm.run AS r WHERE r.run_id = j.run_id AND r.status = 'SUCCEEDED')
UNION ALL
SELECT 'unknown run in llm.call', NULL, c.run_id, count(*) || ' rows'
FROM llm.call AS c
WHERE NOT EXISTS (SELECT 1 FROM llm.run AS r WHERE r.run_id = c.run_id)
  AND NOT EXISTS (SELECT 1 FROM llm.job AS j WHERE j.status = 'RUNNING' AND j.run_id = c.run_id)
GROUP BY c.run_id
UNION ALL
SELECT 'unknown run in llm.artifact', NULL, a.run_id, count(*) || ' rows'
FROM llm.artifact AS a
WHERE NOT EXISTS (SELECT 1 FROM llm.run AS r WHERE r.run_id = a.run_id)
  AND NOT EXISTS (SELECT 1 FROM llm.job AS j WHERE j.status = 'RUNNING' AND j.run_id = a.run_id)
GROUP BY a.run_id
UNION ALL
SELECT 'unknown run in kb.assertion', a.job_id, a.run_id, count(*) || ' rows'
FROM kb.assertion AS a
-- What people load with SQL has no run.
-- What is not live any more may outlast its run.
WHERE a.run_id IS NOT NULL AND a.retracted_at IS NULL AND NOT EXISTS (SELECT 1 FROM llm.run AS r WHERE r.run_id = a.run_id)
GROUP BY a.job_id, a.run_id
UNION ALL
SELECT 'staging rows left behind', NULL, s.run_id, count(*) || ' rows'
FROM kb.stage_item AS s
GROUP BY s.run_id
UNION ALL
SELECT 'open node in a closed dag', n.plan_job_id, NULL, d.kind || ' of ' || d.subject || ', node ' || n.name
FROM llm.dag AS d
JOIN llm.dag_node AS n ON n.dag_id = d.dag_id AND n.status IN ('PENDING', 'RUNNING')
WHERE d.status <> 'RUNNING'
UNION ALL
SELECT 'dag without open jobs', n.plan_job_id, NULL, d.kind || ' of ' || d.subject || ', node ' || n.name
FROM llm.dag AS d
JOIN llm.dag_node AS n ON n.dag_id = d.dag_id AND n.status = 'RUNNING'
WHERE d.status = 'RUNNING' AND n.started_at < clock_timestamp() - interval '10 minutes'
  AND NOT EXISTS (
      SELECT 1 FROM llm.job AS j WHERE j.dag_node_id = n.dag_node_id AND j.status IN ('NEW', 'SCHEDULED', 'RUNNING'));
