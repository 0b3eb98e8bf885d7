-- Purpose:     every field that may be edited, with what is inferred of it now.
-- Columns:     ontology_id, schema_table_id (the table it is about or in, of a relationship the source's; null: all), target_kind,
--              target_key, field, value (json; null: nothing is inferred).
CREATE OR REPLACE VIEW onto.vw_inferred_value AS
SELECT o.ontology_id, CAST(NULL AS bigint) AS schema_table_id, 'ontology'::text AS target_kind, 'ontology'::text AS target_key, v.field, nullif(v.value, 'null') AS value
FROM onto.ontology AS o
CROSS JOIN LATERAL (VALUES
    ('description', to_jsonb(o.description)), ('primary_domains', o.primary_domains), ('conventions', o.conventions)
) AS v (field, value)
UNION ALL
SELECT t.ontology_id, t.schema_table_id, 'column', t.table_key || '.' || c.column_key, v.field, nullif(v.value, 'null')
FROM onto.schema_table AS t
JOIN onto.schema_column AS c ON c.schema_table_id = t.schema_table_id
LEFT JOIN onto.column_feature AS f ON f.schema_column_id = c.schema_column_id
CROSS JOIN LATERAL (VALUES
    ('is_sensitive', to_jsonb(false)), ('purpose', to_jsonb(f.purpose)), ('semantic_type', to_jsonb(f.semantic_type)),
    ('role', to_jsonb(f.role)), ('description', to_jsonb(f.description)), ('fk_role', to_jsonb(f.fk_role)),
    ('synonyms', f.synonyms), ('enum_values', f.enum_values)
) AS v (field, value)
WHERE t.dropped_at IS NULL AND c.dropped_at IS NULL
UNION ALL
SELECT r.ontology_id, r.from_table_id, 'relationship', r.relationship_key, v.field, nullif(v.value, 'null')
FROM onto.relationship AS r
CROSS JOIN LATERAL (VALUES
    ('status', to_jsonb(r.status)), ('cardinality', to_jsonb(r.cardinality)), ('description', to_jsonb(r.description)),
    ('from_role', to_jsonb(r.from_role)), ('to_role', to_jsonb(r.to_role))
) AS v (field, value)
WHERE r.dropped_at IS NULL
UNION ALL
SELECT n.ontology_id, n.schema_table_id, 'entity', t.table_key, v.field, nullif(v.value, 'null')
FROM onto.entity AS n
JOIN onto.schema_table AS t ON t.schema_table_id = n.schema_table_id
CROSS JOIN LATERAL (VALUES
    ('name', to_jsonb(n.name)), ('description', to_jsonb(n.description)), ('domain', to_jsonb(n.domain)),
    ('aliases', coalesce((
        SELECT jsonb_agg(a.alias ORDER BY a.alias) FROM onto.entity_alias AS a WHERE a.entity_id = n.entity_id), '[]')),
    ('key_columns', coalesce((
        SELECT jsonb_agg(jsonb_build_object('name', k.column_name, 'synonyms', k.synonyms) ORDER BY k.ordinal, k.column_name)
        FROM onto.entity_key_column AS k WHERE k.entity_id = n.entity_id), '[]'))
) AS v (field, value)
WHERE n.dropped_at IS NULL AND t.dropped_at IS NULL;
