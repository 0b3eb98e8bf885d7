-- Purpose:     relationships between the tables that a datasource has now, candidates and rejected ones too, with edits over
--              what was inferred.
-- Columns:     those of onto.relationship; from_table, to_table (table_key); inferred_status: status without edits; edited:
--              the fields that a person or an agent set, by comma.
CREATE OR ALTER VIEW onto.vw_relationship AS
SELECT r.ontology_id, r.relationship_id, r.relationship_key, r.from_table_id, s.table_key AS from_table, r.from_columns, r.to_table_id,
    t.table_key AS to_table, r.to_columns, COALESCE(e.status, r.status) AS status, r.status AS inferred_status, r.provenance,
    CASE WHEN e.status = N'rejected' THEN N'person' WHEN e.status IS NULL THEN r.rejected_because END AS rejected_because,
    CASE WHEN DATALENGTH(COALESCE(e.cardinality, r.cardinality)) > 0 THEN COALESCE(e.cardinality, r.cardinality) END AS cardinality, r.confidence, r.reasoning, r.source_role,
    CASE WHEN DATALENGTH(COALESCE(e.description, r.description)) > 0 THEN COALESCE(e.description, r.description) END AS description,
    CASE WHEN DATALENGTH(COALESCE(e.from_role, r.from_role)) > 0 THEN COALESCE(e.from_role, r.from_role) END AS from_role,
    CASE WHEN DATALENGTH(COALESCE(e.to_role, r.to_role)) > 0 THEN COALESCE(e.to_role, r.to_role) END AS to_role,
    r.candidate_rank, r.join_count, r.source_distinct, r.source_matched, r.target_matched, r.orphan_count, r.reverse_orphans,
    r.source_nulls, r.is_exact, r.[statistics], r.run_id, r.created_at, r.updated_at, e.edited
FROM onto.relationship AS r
JOIN onto.schema_table AS s ON s.schema_table_id = r.from_table_id
JOIN onto.schema_table AS t ON t.schema_table_id = r.to_table_id
-- Edits one by one, by the hash of their key, as in onto.vw_active_edit: put together for all of an ontology, each read of one
-- table would sort all there are.
CROSS APPLY (
    SELECT
        MAX(CASE v.field WHEN N'status' THEN x.text END) AS status,
        MAX(CASE v.field WHEN N'cardinality' THEN x.text END) AS cardinality,
        MAX(CASE v.field WHEN N'description' THEN x.text END) AS description,
        MAX(CASE v.field WHEN N'from_role' THEN x.text END) AS from_role,
        MAX(CASE v.field WHEN N'to_role' THEN x.text END) AS to_role,
        STRING_AGG(v.field, N',') WITHIN GROUP (ORDER BY v.field) AS edited
    FROM onto.override AS v
    CROSS APPLY (
        SELECT j.[value] COLLATE Latin1_General_100_BIN2 AS text FROM OPENJSON(N'[' + v.value + N']') AS j
    ) AS x
    WHERE v.ontology_id = r.ontology_id AND v.target_kind = N'relationship' AND v.target_key_sha256 = r.relationship_key_sha256
      AND (v.source = N'human' OR NOT EXISTS (
          SELECT 1 FROM onto.override AS h
          WHERE h.ontology_id = v.ontology_id AND h.target_kind = v.target_kind AND h.target_key_sha256 = v.target_key_sha256
            AND h.field = v.field AND h.source = N'human'))
) AS e
WHERE r.dropped_at IS NULL AND s.dropped_at IS NULL AND t.dropped_at IS NULL;
