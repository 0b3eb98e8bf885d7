-- Purpose:     what must not be; empty on a healthy system.
-- Columns:     invariant, job_id, run_id, detail.
CREATE OR ALTER VIEW llm.vw_invariant_violations AS
SELECT N'running without a lease' AS invariant, j.job_id, j.run_id, CONVERT(nvarchar(max), j.status) AS detail
FROM llm.job AS j
WHERE j.status = N'RUNNING' AND (j.lease_expires_at IS NULL OR j.locked_by IS NULL OR j.run_id IS NULL)
UNION ALL
SELECT N'lease expired and not rescued', j.job_id, j.run_id, CONCAT(N'since ', CONVERT(nvarchar(23), j.lease_expires_at, 121))
FROM llm.job AS j
JOIN llm.job_type AS t ON t.job_type = j.job_type
WHERE j.status = N'RUNNING' AND j.lease_expires_at < DATEADD(SECOND, -3 * t.lease_seconds, SYSUTCDATETIME())
UNION ALL
SELECT N'succeeded without a run', j.job_id, j.run_id, j.subject
FROM llm.job AS j
WHERE j.status = N'SUCCEEDED'
  AND NOT EXISTS (SELECT 1 FROM llm.run AS r WHERE r.run_id = j.run_id AND r.status = N'SUCCEEDED')
UNION ALL
SELECT N'unknown run in llm.call', NULL, c.run_id, CONCAT(COUNT(*), N' rows')
FROM llm.call AS c
WHERE NOT EXISTS (SELECT 1 FROM llm.run AS r WHERE r.run_id = c.run_id)
  AND NOT EXISTS (SELECT 1 FROM llm.job AS j WHERE j.status = N'RUNNING' AND j.run_id = c.run_id)
GROUP BY c.run_id
UNION ALL
SELECT N'unknown run in llm.artifact', NULL, a.run_id, CONCAT(COUNT(*), N' rows')
FROM llm.artifact AS a
WHERE NOT EXISTS (SELECT 1 FROM llm.run AS r WHERE r.run_id = a.run_id)
  AND NOT EXISTS (SELECT 1 FROM llm.job AS j WHERE j.status = N'RUNNING' AND j.run_id = a.run_id)
GROUP BY a.run_id
UNION ALL
SELECT N'unknown run in kb.assertion', a.job_id, a.run_id, CONCAT(COUNT(*), N' rows')
FROM kb.assertion AS a
-- What people load with SQL has no run.
-- What is not live any more may outlast its run.
WHERE a.run_id IS NOT NULL AND a.retracted_at IS NULL AND NOT EXISTS (SELECT 1 FROM llm.run AS r WHERE r.run_id = a.run_id)
GROUP BY a.job_id, a.run_id
UNION ALL
SELECT N'staging rows left behind', NULL, s.run_id, CONCAT(COUNT(*), N' rows')
FROM kb.stage_item AS s
GROUP BY s.run_id
UNION ALL
SELECT N'open node in a closed dag', n.plan_job_id, NULL, CONCAT(d.kind, N' of ', d.subject, N', node ', n.name)
FROM llm.dag AS d
JOIN llm.dag_node AS n ON n.dag_id = d.dag_id AND n.status IN (N'PENDING', N'RUNNING')
WHERE d.status <> N'RUNNING'
UNION ALL
SELECT N'dag without open jobs', n.plan_job_id, NULL, CONCAT(d.kind, N' of ', d.subject, N', node ', n.name)
FROM llm.dag AS d
JOIN llm.dag_node AS n ON n.dag_id = d.dag_id AND n.status = N'RUNNING'
WHERE d.status = N'RUNNING' AND n.started_at < DATEADD(MINUTE, -10, SYSUTCDATETIME())
  AND NOT EXISTS (
      SELECT 1 FROM llm.job AS j
      WHERE j.dag_node_id = n.dag_node_id AND j.dag_node_id IS NOT NULL AND j.status IN (N'NEW', N'SCHEDULED', N'RUNNING'))
UNION ALL
SELECT N'unknown run in onto.answer', NULL, a.run_id, CONCAT(o.datasource, N', ', a.job_type, N' of ', a.subject_key)
FROM onto.answer AS a
JOIN onto.ontology AS o ON o.ontology_id = a.ontology_id
-- What was computed from the data alone may outlast its run.
WHERE a.model IS NOT NULL AND NOT EXISTS (SELECT 1 FROM llm.run AS r WHERE r.run_id = a.run_id)
UNION ALL
SELECT N'answer about nothing', NULL, NULL, CONCAT(o.datasource, N', ', n.subject_key)
FROM (
    SELECT a.ontology_id, a.subject_key FROM onto.answer AS a WHERE a.subject_key <> N'ontology'
    EXCEPT SELECT t.ontology_id, t.table_key FROM onto.schema_table AS t
    EXCEPT SELECT r.ontology_id, r.relationship_key FROM onto.relationship AS r
    EXCEPT SELECT t.ontology_id, CONCAT(t.table_key, N'.', c.column_key) COLLATE Latin1_General_100_BIN2
    FROM onto.schema_table AS t
    JOIN onto.schema_column AS c ON c.schema_table_id = t.schema_table_id
) AS n
JOIN onto.ontology AS o ON o.ontology_id = n.ontology_id
UNION ALL
SELECT N'relationship of what is gone', NULL, r.run_id, CONCAT(o.datasource, N', ', r.relationship_key)
FROM onto.relationship AS r
JOIN onto.ontology AS o ON o.ontology_id = r.ontology_id
WHERE r.dropped_at IS NULL AND EXISTS (
    SELECT 1
    FROM (
        SELECT r.from_table_id AS schema_table_id, f.[value] COLLATE Latin1_General_100_BIN2 AS column_key
        FROM OPENJSON(r.from_columns) AS f
        UNION ALL
        SELECT r.to_table_id, t.[value] COLLATE Latin1_General_100_BIN2 FROM OPENJSON(r.to_columns) AS t
    ) AS e
    WHERE NOT EXISTS (
        SELECT 1 FROM onto.schema_column AS c
        JOIN onto.schema_table AS t ON t.schema_table_id = c.schema_table_id
        WHERE c.schema_table_id = e.schema_table_id AND c.column_key = e.column_key
          AND c.dropped_at IS NULL AND t.dropped_at IS NULL))
UNION ALL
SELECT N'relationship whose status and reason differ', NULL, r.run_id,
    CONCAT(o.datasource, N', ', r.relationship_key, N': ', r.status)
FROM onto.relationship AS r
JOIN onto.ontology AS o ON o.ontology_id = r.ontology_id
WHERE IIF(r.status = N'rejected', 1, 0) <> IIF(r.rejected_because IS NOT NULL, 1, 0)
UNION ALL
-- As long as a dag runs, what was found valid has not been compared yet.
SELECT N'source with two targets', NULL, NULL, CONCAT(o.datasource, N', ', s.keys)
FROM (
    SELECT k.ontology_id,
        STRING_AGG(CONVERT(nvarchar(max), k.relationship_key), N' and ') WITHIN GROUP (ORDER BY k.relationship_key) AS keys
    FROM (
        SELECT r.ontology_id, r.relationship_key, r.from_table_id, (
            SELECT STRING_AGG(f.[value] COLLATE Latin1_General_100_BIN2, N' ')
                WITHIN GROUP (ORDER BY f.[value] COLLATE Latin1_General_100_BIN2)
            FROM OPENJSON(r.from_columns) AS f) AS source
        FROM onto.relationship AS r
        WHERE r.dropped_at IS NULL AND r.status = N'accepted' AND r.provenance IN (N'feature', N'inferred')
    ) AS k
    GROUP BY k.ontology_id, k.from_table_id, k.source
    HAVING COUNT(*) > 1
) AS s
JOIN onto.ontology AS o ON o.ontology_id = s.ontology_id
JOIN llm.dag AS d ON d.dag_id = (
    SELECT MAX(l.dag_id) FROM llm.dag AS l WHERE l.kind = N'ontology' AND l.subject = o.datasource)
JOIN llm.dag_node AS n ON n.dag_id = d.dag_id AND n.name = N'RelationshipEnrichment' AND n.status = N'COMPLETED'
WHERE NOT EXISTS (
    SELECT 1 FROM llm.dag AS l
    WHERE l.status = N'RUNNING' AND ((l.kind = N'ontology' AND l.subject = o.datasource)
        OR (l.kind = N'ontology:item' AND LEFT(l.subject, CHARINDEX(N':', CONCAT(l.subject, N':')) - 1) = o.datasource)))
UNION ALL
SELECT N'entity of a table that is gone', NULL, e.run_id, CONCAT(o.datasource, N', ', t.table_key)
FROM onto.entity AS e
JOIN onto.schema_table AS t ON t.schema_table_id = e.schema_table_id
JOIN onto.ontology AS o ON o.ontology_id = e.ontology_id
WHERE e.dropped_at IS NULL AND t.dropped_at IS NOT NULL
UNION ALL
SELECT N'values of a sensitive column', NULL, t.profile_run_id, CONCAT(o.datasource, N', ', e.target_key)
FROM onto.override AS e
JOIN onto.ontology AS o ON o.ontology_id = e.ontology_id
JOIN onto.schema_table AS t ON t.ontology_id = e.ontology_id
    AND LEFT(e.target_key, LEN(CONCAT(t.table_key, N'.'))) = CONCAT(t.table_key, N'.')
JOIN onto.schema_column AS c ON c.schema_table_id = t.schema_table_id AND e.target_key = CONCAT(t.table_key, N'.', c.column_key)
WHERE e.target_kind = N'column' AND e.field = N'is_sensitive' AND e.value = N'true'
  AND NOT (e.source = N'agent' AND EXISTS (
      SELECT 1 FROM onto.override AS h
      WHERE h.ontology_id = e.ontology_id AND h.target_kind = e.target_kind AND h.target_key = e.target_key
        AND h.field = e.field AND h.source = N'human'))
  AND COALESCE(c.samples, c.distribution, c.min_value, c.max_value) IS NOT NULL
UNION ALL
SELECT N'name of two terms', NULL, g.run_id, CONCAT(o.datasource, N', ', g.term, N': ', a.alias)
FROM onto.glossary_term AS g
JOIN onto.glossary_alias AS a ON a.glossary_term_id = g.glossary_term_id
JOIN onto.glossary_term AS k ON k.ontology_id = g.ontology_id AND k.term_key = LOWER(TRIM(a.alias))
JOIN onto.ontology AS o ON o.ontology_id = g.ontology_id
UNION ALL
SELECT N'dag of an ontology that is gone', n.plan_job_id, NULL, CONCAT(d.kind, N' of ', d.subject)
FROM llm.dag AS d
JOIN llm.dag_node AS n ON n.dag_id = d.dag_id AND n.status = N'RUNNING'
WHERE d.status = N'RUNNING' AND d.kind IN (N'ontology', N'ontology:item')
  AND NOT EXISTS (
      SELECT 1 FROM onto.ontology AS o
      WHERE CONVERT(nvarchar(20), o.ontology_id) = JSON_VALUE(n.plan_input, '$.ontology_id'));
