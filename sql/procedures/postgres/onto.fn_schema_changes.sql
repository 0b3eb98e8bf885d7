-- Purpose:     how the tables and columns of an ontology differ from what the catalogs say; internal.
-- Parameters:  p_ontology_id; p_tables new and changed tables with their columns, p_kept keys of those that are as they were, as
--              onto.usp_apply_schema_profile takes them; p_is_whole: what is in neither is gone.
-- Returns:     json array of {target_kind, target_key, field, before, after}; of what came or went the field is exists, and the
--              columns of a table that came or went are not listed.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION onto.fn_schema_changes(p_ontology_id bigint, p_tables jsonb, p_kept jsonb, p_is_whole boolean)
RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH given AS (
        SELECT r.value ->> 'table_key' AS table_key, r.value AS row FROM jsonb_array_elements(p_tables) AS r (value)
    ), known AS (
        SELECT t.* FROM onto.schema_table AS t WHERE t.ontology_id = p_ontology_id AND t.dropped_at IS NULL
    ), given_column AS (
        SELECT g.table_key, k.value ->> 'column_key' AS column_key, k.value AS row
        FROM given AS g
        JOIN known AS n ON n.table_key = g.table_key COLLATE "C"
        CROSS JOIN LATERAL jsonb_array_elements(g.row -> 'columns') AS k (value)
    ), known_column AS (
        SELECT n.table_key, c.*
        FROM known AS n
        JOIN given AS g ON g.table_key COLLATE "C" = n.table_key
        JOIN onto.schema_column AS c ON c.schema_table_id = n.schema_table_id AND c.dropped_at IS NULL
    ), change AS (
        SELECT 'table' AS target_kind, g.table_key AS target_key, 'exists' AS field, 'false'::jsonb AS before, 'true'::jsonb AS after
        FROM given AS g
        WHERE NOT EXISTS (SELECT 1 FROM known AS n WHERE n.table_key = g.table_key COLLATE "C")
        UNION ALL
        SELECT 'table', n.table_key, 'exists', 'true', 'false'
        FROM known AS n
        WHERE p_is_whole AND NOT p_kept ? n.table_key
          AND NOT EXISTS (SELECT 1 FROM given AS g WHERE g.table_key COLLATE "C" = n.table_key)
        UNION ALL
        SELECT 'table', n.table_key, v.field, v.before, coalesce(g.row -> v.field, 'null')
        FROM known AS n
        JOIN given AS g ON g.table_key COLLATE "C" = n.table_key
        CROSS JOIN LATERAL (VALUES
            ('kind', to_jsonb(n.kind)), ('partition_of', to_jsonb(n.partition_of)), ('comment', to_jsonb(n.comment)),
            ('primary_key', n.primary_key), ('unique_keys', n.unique_keys), ('foreign_keys', n.foreign_keys), ('indexes', n.indexes)
        ) AS v (field, before)
        UNION ALL
        SELECT 'column', g.table_key || '.' || g.column_key, 'exists', 'false', 'true'
        FROM given_column AS g
        WHERE NOT EXISTS (SELECT 1 FROM known_column AS n
                          WHERE n.table_key = g.table_key COLLATE "C" AND n.column_key = g.column_key COLLATE "C")
        UNION ALL
        SELECT 'column', n.table_key || '.' || n.column_key, 'exists', 'true', 'false'
        FROM known_column AS n
        WHERE NOT EXISTS (SELECT 1 FROM given_column AS g
                          WHERE g.table_key COLLATE "C" = n.table_key AND g.column_key COLLATE "C" = n.column_key)
        UNION ALL
        SELECT 'column', n.table_key || '.' || n.column_key, v.field, v.before, coalesce(g.row -> v.field, 'null')
        FROM known_column AS n
        JOIN given_column AS g ON g.table_key COLLATE "C" = n.table_key AND g.column_key COLLATE "C" = n.column_key
        CROSS JOIN LATERAL (VALUES
            ('data_type', to_jsonb(n.data_type)), ('is_nullable', to_jsonb(n.is_nullable)), ('is_computed', to_jsonb(n.is_computed)),
            ('is_identity', to_jsonb(n.is_identity)), ('column_default', to_jsonb(n.column_default)), ('comment', to_jsonb(n.comment)),
            ('enum_labels', n.enum_labels)
        ) AS v (field, before)
    )
    SELECT coalesce(jsonb_agg(jsonb_build_object('target_kind', c.target_kind, 'target_key', c.target_key, 'field', c.field,
        'before', c.before, 'after', c.after) ORDER BY c.target_kind DESC, c.target_key, c.field), '[]')
    FROM change AS c
    WHERE nullif(c.before, 'null') IS DISTINCT FROM nullif(c.after, 'null');
$$;
