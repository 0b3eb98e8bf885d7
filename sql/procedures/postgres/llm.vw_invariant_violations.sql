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
      SELECT 1 FROM llm.job AS j WHERE j.dag_node_id = n.dag_node_id AND j.status IN ('NEW', 'SCHEDULED', 'RUNNING'))
UNION ALL
SELECT 'unknown run in onto.answer', NULL, a.run_id, o.datasource || ', ' || a.job_type || ' of ' || a.subject_key
FROM onto.answer AS a
JOIN onto.ontology AS o ON o.ontology_id = a.ontology_id
-- What was computed from the data alone may outlast its run.
WHERE a.model IS NOT NULL AND NOT EXISTS (SELECT 1 FROM llm.run AS r WHERE r.run_id = a.run_id)
UNION ALL
SELECT 'answer about nothing', NULL, NULL, o.datasource || ', ' || n.subject_key
FROM (
    SELECT a.ontology_id, a.subject_key FROM onto.answer AS a WHERE a.subject_key <> 'ontology'
    EXCEPT SELECT t.ontology_id, t.table_key FROM onto.schema_table AS t
    EXCEPT SELECT r.ontology_id, r.relationship_key FROM onto.relationship AS r
    EXCEPT SELECT t.ontology_id, t.table_key || '.' || c.column_key
    FROM onto.schema_table AS t
    JOIN onto.schema_column AS c ON c.schema_table_id = t.schema_table_id
) AS n
JOIN onto.ontology AS o ON o.ontology_id = n.ontology_id
UNION ALL
SELECT 'relationship of what is gone', NULL, r.run_id, o.datasource || ', ' || r.relationship_key
FROM onto.relationship AS r
JOIN onto.ontology AS o ON o.ontology_id = r.ontology_id
WHERE r.dropped_at IS NULL AND EXISTS (
    SELECT 1
    FROM (
        SELECT r.from_table_id AS schema_table_id, f.value AS column_key FROM jsonb_array_elements_text(r.from_columns) AS f (value)
        UNION ALL
        SELECT r.to_table_id, t.value FROM jsonb_array_elements_text(r.to_columns) AS t (value)
    ) AS e
    WHERE NOT EXISTS (
        SELECT 1 FROM onto.schema_column AS c
        JOIN onto.schema_table AS t ON t.schema_table_id = c.schema_table_id
        WHERE c.schema_table_id = e.schema_table_id AND c.column_key = e.column_key COLLATE "C"
          AND c.dropped_at IS NULL AND t.dropped_at IS NULL))
UNION ALL
SELECT 'relationship whose status and reason differ', NULL, r.run_id, o.datasource || ', ' || r.relationship_key || ': ' || r.status
FROM onto.relationship AS r
JOIN onto.ontology AS o ON o.ontology_id = r.ontology_id
WHERE (r.status = 'rejected') <> (r.rejected_because IS NOT NULL)
UNION ALL
-- As long as a dag runs, what was found valid has not been compared yet.
SELECT 'source with two targets', NULL, NULL, o.datasource || ', ' || s.keys
FROM (
    SELECT k.ontology_id, string_agg(k.relationship_key, ' and ' ORDER BY k.relationship_key) AS keys
    FROM (
        SELECT r.ontology_id, r.relationship_key, r.from_table_id, (
            SELECT string_agg(f.value, ' ' ORDER BY f.value) FROM jsonb_array_elements_text(r.from_columns) AS f (value)) AS source
        FROM onto.relationship AS r
        WHERE r.dropped_at IS NULL AND r.status = 'accepted' AND r.provenance IN ('feature', 'inferred')
    ) AS k
    GROUP BY k.ontology_id, k.from_table_id, k.source
    HAVING count(*) > 1
) AS s
JOIN onto.ontology AS o ON o.ontology_id = s.ontology_id
JOIN llm.dag AS d ON d.dag_id = (SELECT max(l.dag_id) FROM llm.dag AS l WHERE l.kind = 'ontology' AND l.subject = o.datasource)
JOIN llm.dag_node AS n ON n.dag_id = d.dag_id AND n.name = 'RelationshipEnrichment' AND n.status = 'COMPLETED'
WHERE NOT EXISTS (
    SELECT 1 FROM llm.dag AS l
    WHERE l.status = 'RUNNING' AND (l.kind = 'ontology' AND l.subject = o.datasource
        OR l.kind = 'ontology:item' AND split_part(l.subject, ':', 1) = o.datasource))
UNION ALL
SELECT 'entity of a table that is gone', NULL, e.run_id, o.datasource || ', ' || t.table_key
FROM onto.entity AS e
JOIN onto.schema_table AS t ON t.schema_table_id = e.schema_table_id
JOIN onto.ontology AS o ON o.ontology_id = e.ontology_id
WHERE e.dropped_at IS NULL AND t.dropped_at IS NOT NULL
UNION ALL
SELECT 'values of a sensitive column', NULL, t.profile_run_id, o.datasource || ', ' || e.target_key
FROM onto.override AS e
JOIN onto.ontology AS o ON o.ontology_id = e.ontology_id
JOIN onto.schema_table AS t ON t.ontology_id = e.ontology_id
    AND left(e.target_key, length(t.table_key) + 1) = t.table_key || '.'
JOIN onto.schema_column AS c ON c.schema_table_id = t.schema_table_id AND e.target_key = t.table_key || '.' || c.column_key
WHERE e.target_kind = 'column' AND e.field = 'is_sensitive' AND e.value = 'true'
  AND NOT (e.source = 'agent' AND EXISTS (
      SELECT 1 FROM onto.override AS h
      WHERE h.ontology_id = e.ontology_id AND h.target_kind = e.target_kind AND h.target_key = e.target_key
        AND h.field = e.field AND h.source = 'human'))
  AND coalesce(c.samples::text, c.distribution::text, c.min_value, c.max_value) IS NOT NULL
UNION ALL
SELECT 'name of two terms', NULL, g.run_id, o.datasource || ', ' || g.term || ': ' || a.alias
FROM onto.glossary_term AS g
JOIN onto.glossary_alias AS a ON a.glossary_term_id = g.glossary_term_id
JOIN onto.glossary_term AS k ON k.ontology_id = g.ontology_id AND k.term_key = lower(btrim(a.alias))
JOIN onto.ontology AS o ON o.ontology_id = g.ontology_id
UNION ALL
SELECT 'dag of an ontology that is gone', n.plan_job_id, NULL, d.kind || ' of ' || d.subject
FROM llm.dag AS d
JOIN llm.dag_node AS n ON n.dag_id = d.dag_id AND n.status = 'RUNNING'
WHERE d.status = 'RUNNING' AND d.kind IN ('ontology', 'ontology:item')
  AND NOT EXISTS (SELECT 1 FROM onto.ontology AS o WHERE o.ontology_id::text = n.plan_input ->> 'ontology_id');
