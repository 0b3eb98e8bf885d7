-- Purpose:     relationships between the tables that a datasource has now, candidates and rejected ones too, with edits over
--              what was inferred.
-- Columns:     those of onto.relationship; from_table, to_table (table_key); inferred_status: status without edits; edited:
--              the fields that a person or an agent set, by comma.
CREATE OR REPLACE VIEW onto.vw_relationship AS
SELECT r.ontology_id, r.relationship_id, r.relationship_key, r.from_table_id, s.table_key AS from_table, r.from_columns, r.to_table_id,
    t.table_key AS to_table, r.to_columns, coalesce(e.status, r.status) AS status, r.status AS inferred_status, r.provenance,
    CASE WHEN e.status = 'rejected' THEN 'person' WHEN e.status IS NULL THEN r.rejected_because END AS rejected_because,
    nullif(coalesce(e.cardinality, r.cardinality), '') AS cardinality, r.confidence, r.reasoning, r.source_role,
    nullif(coalesce(e.description, r.description), '') AS description,
    nullif(coalesce(e.from_role, r.from_role), '') AS from_role,
    nullif(coalesce(e.to_role, r.to_role), '') AS to_role,
    r.candidate_rank, r.join_count, r.source_distinct, r.source_matched, r.target_matched, r.orphan_count, r.reverse_orphans,
    r.source_nulls, r.is_exact, r.statistics, r.run_id, r.created_at, r.updated_at, e.edited
FROM onto.relationship AS r
JOIN onto.schema_table AS s ON s.schema_table_id = r.from_table_id
JOIN onto.schema_table AS t ON t.schema_table_id = r.to_table_id
-- Edits one by one: put together for all of an ontology, each read of one table would sort all there are.
CROSS JOIN LATERAL (
    SELECT
        max(CASE a.field WHEN 'status' THEN a.value #>> '{}' END) AS status,
        max(CASE a.field WHEN 'cardinality' THEN a.value #>> '{}' END) AS cardinality,
        max(CASE a.field WHEN 'description' THEN a.value #>> '{}' END) AS description,
        max(CASE a.field WHEN 'from_role' THEN a.value #>> '{}' END) AS from_role,
        max(CASE a.field WHEN 'to_role' THEN a.value #>> '{}' END) AS to_role,
        string_agg(a.field, ',' ORDER BY a.field) AS edited
    FROM onto.vw_active_edit AS a
    WHERE a.ontology_id = r.ontology_id AND a.target_kind = 'relationship' AND a.target_key = r.relationship_key
) AS e
WHERE r.dropped_at IS NULL AND s.dropped_at IS NULL AND t.dropped_at IS NULL;
