-- Purpose:     the columns that a datasource has now: definition, statistics, and what they are, with edits over what was
--              inferred.
-- Columns:     subject_key (table_key and column_key joined by a dot: the key of an item or an edit); those of
--              onto.schema_column and onto.column_feature; is_sensitive: no value of it is read or stored; is_analyzed: there is
--              an answer about it; edited: the fields that a person or an agent set, by comma.
CREATE OR REPLACE VIEW onto.vw_column AS
SELECT t.ontology_id, t.schema_table_id, t.table_key, c.schema_column_id, c.column_key, t.table_key || '.' || c.column_key AS subject_key,
    c.column_name, c.ordinal, c.data_type, c.type_family, c.is_nullable, c.is_computed, c.is_identity, c.column_default,
    c.comment, c.enum_labels, c.structure_sha256, c.row_count, c.null_count, c.distinct_count, c.is_distinct_exact,
    c.min_value, c.max_value, c.avg_value, c.min_length, c.max_length, c.samples, c.distribution, c.patterns,
    c.classification_path, c.distinct_source, c.profile_note,
    coalesce(e.is_sensitive = 'true', false) AS is_sensitive,
    f.schema_column_id IS NOT NULL AS is_analyzed,
    nullif(coalesce(e.purpose, f.purpose), '') AS purpose,
    nullif(coalesce(e.semantic_type, f.semantic_type), '') AS semantic_type,
    nullif(coalesce(e.role, f.role), '') AS role,
    nullif(coalesce(e.description, f.description), '') AS description,
    nullif(coalesce(e.fk_role, f.fk_role), '') AS fk_role,
    coalesce(CAST(e.synonyms AS jsonb), f.synonyms, '[]') AS synonyms,
    coalesce(CAST(e.enum_values AS jsonb), f.enum_values, '[]') AS enum_values,
    f.confidence, coalesce(f.details, '{}') AS details, coalesce(f.needs_enum_analysis, false) AS needs_enum_analysis,
    coalesce(f.needs_fk_resolution, false) AS needs_fk_resolution,
    coalesce(f.needs_cross_column_check, false) AS needs_cross_column_check, f.model, f.run_id, f.analyzed_at,
    e.edited
FROM onto.schema_table AS t
JOIN onto.schema_column AS c ON c.schema_table_id = t.schema_table_id
LEFT JOIN onto.column_feature AS f ON f.schema_column_id = c.schema_column_id
-- Edits one by one: put together for all of an ontology, each read of one table would sort all there are.
CROSS JOIN LATERAL (
    SELECT
        max(CASE a.field WHEN 'is_sensitive' THEN a.value #>> '{}' END) AS is_sensitive,
        max(CASE a.field WHEN 'purpose' THEN a.value #>> '{}' END) AS purpose,
        max(CASE a.field WHEN 'semantic_type' THEN a.value #>> '{}' END) AS semantic_type,
        max(CASE a.field WHEN 'role' THEN a.value #>> '{}' END) AS role,
        max(CASE a.field WHEN 'description' THEN a.value #>> '{}' END) AS description,
        max(CASE a.field WHEN 'fk_role' THEN a.value #>> '{}' END) AS fk_role,
        max(CASE a.field WHEN 'synonyms' THEN CAST(a.value AS text) END) AS synonyms,
        max(CASE a.field WHEN 'enum_values' THEN CAST(a.value AS text) END) AS enum_values,
        string_agg(a.field, ',' ORDER BY a.field) AS edited
    FROM onto.vw_active_edit AS a
    WHERE a.ontology_id = t.ontology_id AND a.target_kind = 'column' AND a.target_key = t.table_key || '.' || c.column_key
) AS e
WHERE t.dropped_at IS NULL AND c.dropped_at IS NULL;
