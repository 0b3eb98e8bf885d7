-- Purpose:     the tables and views that a datasource has now.
-- Columns:     those of onto.schema_table; datasource; column_count.
CREATE OR ALTER VIEW onto.vw_table AS
SELECT o.datasource, t.ontology_id, t.schema_table_id, t.table_key, t.schema_name, t.table_name, t.kind, t.partition_of, t.comment,
    t.primary_key, t.unique_keys, t.foreign_keys, t.indexes, t.row_estimate, t.structure_sha256, t.row_count,
    t.is_row_count_exact, t.sampled_rows, t.profile_status, t.profile_message, t.profile_sha256, t.profiled_at,
    t.created_at, t.updated_at,
    (SELECT COUNT_BIG(*) FROM onto.schema_column AS c
     WHERE c.schema_table_id = t.schema_table_id AND c.dropped_at IS NULL) AS column_count
FROM onto.schema_table AS t
JOIN onto.ontology AS o ON o.ontology_id = t.ontology_id
WHERE t.dropped_at IS NULL;
