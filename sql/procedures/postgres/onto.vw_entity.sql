-- Purpose:     what the tables of a datasource stand for, with edits over what was inferred.
-- Columns:     those of onto.entity; table_key; aliases, a list of texts; key_columns, a list of {name, synonyms}; edited: the
--              fields that a person or an agent set, by comma.
CREATE OR REPLACE VIEW onto.vw_entity AS
SELECT n.ontology_id, n.entity_id, n.schema_table_id, t.table_key, n.kind, n.subtype_of,
    coalesce(nullif(e.name, ''), n.name) AS name,
    nullif(coalesce(e.description, n.description), '') AS description,
    nullif(coalesce(e.domain, n.domain), '') AS domain,
    coalesce(CAST(e.aliases AS jsonb), (
        SELECT jsonb_agg(a.alias ORDER BY a.alias) FROM onto.entity_alias AS a WHERE a.entity_id = n.entity_id), '[]') AS aliases,
    coalesce(CAST(e.key_columns AS jsonb), (
        SELECT jsonb_agg(jsonb_build_object('name', k.column_name, 'synonyms', k.synonyms) ORDER BY k.ordinal, k.column_name)
        FROM onto.entity_key_column AS k WHERE k.entity_id = n.entity_id), '[]') AS key_columns,
    n.confidence, n.run_id, n.created_at, n.updated_at, e.edited
FROM onto.entity AS n
JOIN onto.schema_table AS t ON t.schema_table_id = n.schema_table_id
-- Edits one by one: put together for all of an ontology, each read of one table would sort all there are.
CROSS JOIN LATERAL (
    SELECT
        max(CASE a.field WHEN 'name' THEN a.value #>> '{}' END) AS name,
        max(CASE a.field WHEN 'description' THEN a.value #>> '{}' END) AS description,
        max(CASE a.field WHEN 'domain' THEN a.value #>> '{}' END) AS domain,
        max(CASE a.field WHEN 'aliases' THEN CAST(a.value AS text) END) AS aliases,
        max(CASE a.field WHEN 'key_columns' THEN CAST(a.value AS text) END) AS key_columns,
        string_agg(a.field, ',' ORDER BY a.field) AS edited
    FROM onto.vw_active_edit AS a
    WHERE a.ontology_id = n.ontology_id AND a.target_kind = 'entity' AND a.target_key = t.table_key
) AS e
WHERE n.dropped_at IS NULL AND t.dropped_at IS NULL;
