-- Purpose:     what the tables of a datasource stand for, with edits over what was inferred.
-- Columns:     those of onto.entity; table_key; aliases, a list of texts; key_columns, a list of {name, synonyms}; edited: the
--              fields that a person or an agent set, by comma.
CREATE OR ALTER VIEW onto.vw_entity AS
SELECT n.ontology_id, n.entity_id, n.schema_table_id, t.table_key, n.kind, n.subtype_of,
    COALESCE(NULLIF(e.name, N''), n.name) AS name,
    CASE WHEN DATALENGTH(COALESCE(e.description, n.description)) > 0 THEN COALESCE(e.description, n.description) END AS description,
    CASE WHEN DATALENGTH(COALESCE(e.domain, n.domain)) > 0 THEN COALESCE(e.domain, n.domain) END AS domain,
    COALESCE(e.aliases, (
        SELECT N'[' + STRING_AGG(llm.fn_json_string(a.alias), N',') WITHIN GROUP (ORDER BY a.alias) + N']'
        FROM onto.entity_alias AS a WHERE a.entity_id = n.entity_id), N'[]') AS aliases,
    COALESCE(e.key_columns, (
        SELECT N'[' + STRING_AGG(N'{"name":' + llm.fn_json_string(k.column_name) + N',"synonyms":' + k.synonyms + N'}', N',')
            WITHIN GROUP (ORDER BY k.ordinal, k.column_name) + N']'
        FROM onto.entity_key_column AS k WHERE k.entity_id = n.entity_id), N'[]') AS key_columns,
    n.confidence, n.run_id, n.created_at, n.updated_at, e.edited
FROM onto.entity AS n
JOIN onto.schema_table AS t ON t.schema_table_id = n.schema_table_id
-- Edits one by one, by the hash of their key, as in onto.vw_active_edit: put together for all of an ontology, each read of one
-- table would sort all there are.
CROSS APPLY (
    SELECT
        MAX(CASE v.field WHEN N'name' THEN x.text END) AS name,
        MAX(CASE v.field WHEN N'description' THEN x.text END) AS description,
        MAX(CASE v.field WHEN N'domain' THEN x.text END) AS domain,
        MAX(CASE v.field WHEN N'aliases' THEN v.value END) AS aliases,
        MAX(CASE v.field WHEN N'key_columns' THEN v.value END) AS key_columns,
        STRING_AGG(v.field, N',') WITHIN GROUP (ORDER BY v.field) AS edited
    FROM onto.override AS v
    CROSS APPLY (
        SELECT j.[value] COLLATE Latin1_General_100_BIN2 AS text FROM OPENJSON(N'[' + v.value + N']') AS j
    ) AS x
    WHERE v.ontology_id = n.ontology_id AND v.target_kind = N'entity'
      AND v.target_key_sha256 = CONVERT(binary(32), HASHBYTES('SHA2_256', t.table_key))
      AND (v.source = N'human' OR NOT EXISTS (
          SELECT 1 FROM onto.override AS h
          WHERE h.ontology_id = v.ontology_id AND h.target_kind = v.target_kind AND h.target_key_sha256 = v.target_key_sha256
            AND h.field = v.field AND h.source = N'human'))
) AS e
WHERE n.dropped_at IS NULL AND t.dropped_at IS NULL;
