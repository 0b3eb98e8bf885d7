-- Purpose:     the columns that a datasource has now: definition, statistics, and what they are, with edits over what was
--              inferred.
-- Columns:     subject_key (table_key and column_key joined by a dot: the key of an item or an edit); those of
--              onto.schema_column and onto.column_feature; is_sensitive: no value of it is read or stored; is_analyzed: there is
--              an answer about it; edited: the fields that a person or an agent set, by comma.
CREATE OR ALTER VIEW onto.vw_column AS
SELECT t.ontology_id, t.schema_table_id, t.table_key, c.schema_column_id, c.column_key, k.subject_key,
    c.column_name, c.ordinal, c.data_type, c.type_family, c.is_nullable, c.is_computed, c.is_identity, c.column_default,
    c.comment, c.enum_labels, c.structure_sha256, c.row_count, c.null_count, c.distinct_count, c.is_distinct_exact,
    c.min_value, c.max_value, c.avg_value, c.min_length, c.max_length, c.samples, c.distribution, c.patterns,
    c.classification_path, c.distinct_source, c.profile_note,
    CONVERT(bit, IIF(e.is_sensitive = N'true', 1, 0)) AS is_sensitive,
    CONVERT(bit, IIF(f.schema_column_id IS NULL, 0, 1)) AS is_analyzed,
    CASE WHEN DATALENGTH(COALESCE(e.purpose, f.purpose)) > 0 THEN COALESCE(e.purpose, f.purpose) END AS purpose,
    CASE WHEN DATALENGTH(COALESCE(e.semantic_type, f.semantic_type)) > 0 THEN COALESCE(e.semantic_type, f.semantic_type) END AS semantic_type,
    CASE WHEN DATALENGTH(COALESCE(e.role, f.role)) > 0 THEN COALESCE(e.role, f.role) END AS role,
    CASE WHEN DATALENGTH(COALESCE(e.description, f.description)) > 0 THEN COALESCE(e.description, f.description) END AS description,
    CASE WHEN DATALENGTH(COALESCE(e.fk_role, f.fk_role)) > 0 THEN COALESCE(e.fk_role, f.fk_role) END AS fk_role,
    COALESCE(e.synonyms, f.synonyms, N'[]') AS synonyms,
    COALESCE(e.enum_values, f.enum_values, N'[]') AS enum_values,
    f.confidence, COALESCE(f.details, N'{}') AS details,
    CONVERT(bit, COALESCE(f.needs_enum_analysis, 0)) AS needs_enum_analysis,
    CONVERT(bit, COALESCE(f.needs_fk_resolution, 0)) AS needs_fk_resolution,
    CONVERT(bit, COALESCE(f.needs_cross_column_check, 0)) AS needs_cross_column_check, f.model, f.run_id, f.analyzed_at,
    e.edited
FROM onto.schema_table AS t
JOIN onto.schema_column AS c ON c.schema_table_id = t.schema_table_id
LEFT JOIN onto.column_feature AS f ON f.schema_column_id = c.schema_column_id
CROSS APPLY (SELECT (t.table_key + N'.' + c.column_key) COLLATE Latin1_General_100_BIN2 AS subject_key) AS k
-- Edits one by one, by the hash of their key, as in onto.vw_active_edit: put together for all of an ontology, each read of one
-- table would sort all there are.
CROSS APPLY (
    SELECT
        MAX(CASE v.field WHEN N'is_sensitive' THEN x.text END) AS is_sensitive,
        MAX(CASE v.field WHEN N'purpose' THEN x.text END) AS purpose,
        MAX(CASE v.field WHEN N'semantic_type' THEN x.text END) AS semantic_type,
        MAX(CASE v.field WHEN N'role' THEN x.text END) AS role,
        MAX(CASE v.field WHEN N'description' THEN x.text END) AS description,
        MAX(CASE v.field WHEN N'fk_role' THEN x.text END) AS fk_role,
        MAX(CASE v.field WHEN N'synonyms' THEN v.value END) AS synonyms,
        MAX(CASE v.field WHEN N'enum_values' THEN v.value END) AS enum_values,
        STRING_AGG(v.field, N',') WITHIN GROUP (ORDER BY v.field) AS edited
    FROM onto.override AS v
    CROSS APPLY (
        SELECT j.[value] COLLATE Latin1_General_100_BIN2 AS text FROM OPENJSON(N'[' + v.value + N']') AS j
    ) AS x
    WHERE v.ontology_id = t.ontology_id AND v.target_kind = N'column'
      AND v.target_key_sha256 = CONVERT(binary(32), HASHBYTES('SHA2_256', k.subject_key))
      AND (v.source = N'human' OR NOT EXISTS (
          SELECT 1 FROM onto.override AS h
          WHERE h.ontology_id = v.ontology_id AND h.target_kind = v.target_kind AND h.target_key_sha256 = v.target_key_sha256
            AND h.field = v.field AND h.source = N'human'))
) AS e
WHERE t.dropped_at IS NULL AND c.dropped_at IS NULL;
