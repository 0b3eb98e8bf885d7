-- Purpose:     every field that may be edited, with what is inferred of it now.
-- Columns:     ontology_id, schema_table_id (the table it is about or in, of a relationship the source's; null: all), target_kind,
--              target_key, field, value (json; null: nothing is inferred).
CREATE OR ALTER VIEW onto.vw_inferred_value AS
SELECT o.ontology_id, CONVERT(bigint, NULL) AS schema_table_id, N'ontology' COLLATE Latin1_General_100_BIN2 AS target_kind,
    CONVERT(nvarchar(4000), N'ontology') COLLATE Latin1_General_100_BIN2 AS target_key,
    v.field COLLATE Latin1_General_100_BIN2 AS field,
    COALESCE(v.json, llm.fn_json_string(v.text)) COLLATE Latin1_General_100_BIN2 AS value
FROM onto.ontology AS o
CROSS APPLY (VALUES
    (N'description', o.description, CONVERT(nvarchar(max), NULL)), (N'primary_domains', NULL, o.primary_domains),
    (N'conventions', NULL, o.conventions)
) AS v (field, text, json)
UNION ALL
SELECT t.ontology_id, t.schema_table_id, N'column', t.table_key + N'.' + c.column_key, v.field,
    COALESCE(v.json, llm.fn_json_string(v.text))
FROM onto.schema_table AS t
JOIN onto.schema_column AS c ON c.schema_table_id = t.schema_table_id
LEFT JOIN onto.column_feature AS f ON f.schema_column_id = c.schema_column_id
CROSS APPLY (VALUES
    (N'is_sensitive', CONVERT(nvarchar(max), NULL), CONVERT(nvarchar(max), N'false')), (N'purpose', f.purpose, NULL),
    (N'semantic_type', f.semantic_type, NULL), (N'role', f.role, NULL), (N'description', f.description, NULL),
    (N'fk_role', f.fk_role, NULL), (N'synonyms', NULL, f.synonyms), (N'enum_values', NULL, f.enum_values)
) AS v (field, text, json)
WHERE t.dropped_at IS NULL AND c.dropped_at IS NULL
UNION ALL
SELECT r.ontology_id, r.from_table_id, N'relationship', r.relationship_key, v.field, llm.fn_json_string(v.text)
FROM onto.relationship AS r
CROSS APPLY (VALUES
    (N'status', CONVERT(nvarchar(max), r.status)), (N'cardinality', r.cardinality), (N'description', r.description),
    (N'from_role', r.from_role), (N'to_role', r.to_role)
) AS v (field, text)
WHERE r.dropped_at IS NULL
UNION ALL
SELECT n.ontology_id, n.schema_table_id, N'entity', t.table_key, v.field, COALESCE(v.json, llm.fn_json_string(v.text))
FROM onto.entity AS n
JOIN onto.schema_table AS t ON t.schema_table_id = n.schema_table_id
CROSS APPLY (VALUES
    (N'name', CONVERT(nvarchar(max), n.name), CONVERT(nvarchar(max), NULL)), (N'description', n.description, NULL),
    (N'domain', n.domain, NULL),
    (N'aliases', NULL, COALESCE((
        SELECT N'[' + STRING_AGG(llm.fn_json_string(a.alias), N',') WITHIN GROUP (ORDER BY a.alias) + N']'
        FROM onto.entity_alias AS a WHERE a.entity_id = n.entity_id), N'[]')),
    (N'key_columns', NULL, COALESCE((
        SELECT N'[' + STRING_AGG(N'{"name":' + llm.fn_json_string(k.column_name) + N',"synonyms":' + k.synonyms + N'}', N',')
            WITHIN GROUP (ORDER BY k.ordinal, k.column_name) + N']'
        FROM onto.entity_key_column AS k WHERE k.entity_id = n.entity_id), N'[]'))
) AS v (field, text, json)
WHERE n.dropped_at IS NULL AND t.dropped_at IS NULL;
