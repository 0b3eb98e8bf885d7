-- Purpose:     what is wrong with a row that is loaded with SQL, so that it cannot be taken as it is; internal.
-- Parameters:  p_item_kind 'entity' or 'relationship'; p_row as kb.usp_batch_insert_entities and
--              kb.usp_batch_insert_entity_relations take it.
-- Returns:     field and what it is not; no row if it can be loaded.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR REPLACE FUNCTION kb.fn_loaded_faults(p_item_kind text, p_row jsonb)
RETURNS TABLE (field text, fault text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT f.field, CASE jsonb_typeof(p_row) WHEN 'object' THEN f.fault ELSE 'the row is not an object' END
    FROM (VALUES ('entity', 'name', 'name', true), ('entity', 'type', 'type', false), ('entity', 'description', '', false),
        ('relationship', 'from_entity', 'name', true), ('relationship', 'to_entity', 'name', true),
        ('relationship', 'relation_type', 'type', true), ('relationship', 'start', 'time', false), ('relationship', 'end', 'time', false),
        ('relationship', 'from_work', 'name', false), ('relationship', 'to_work', 'name', false),
        ('relationship', 'continuity', 'name', false), ('relationship', 'from_family', 'family', false),
        ('relationship', 'to_family', 'family', false)) AS k (item_kind, field, key, is_needed)
    CROSS JOIN LATERAL (
        SELECT k.field, 'not a string' AS fault
        WHERE CASE coalesce(jsonb_typeof(p_row -> k.field), 'null') WHEN 'string' THEN false WHEN 'null' THEN k.is_needed ELSE true END
        UNION ALL
        SELECT k.field || '_key', 'not a string of 1000 bytes at most'
        WHERE k.key IN ('name', 'type', 'time') AND CASE coalesce(jsonb_typeof(p_row -> (k.field || '_key')), 'null') WHEN 'null' THEN false
            WHEN 'string' THEN octet_length(p_row ->> (k.field || '_key')) > 1000 ELSE true END
        UNION ALL
        SELECT k.field, 'not a family of 200 bytes at most' WHERE k.key = 'family' AND octet_length(p_row ->> k.field) NOT BETWEEN 1 AND 200
        UNION ALL
        SELECT k.field, 'not ASCII: pass ' || k.field || '_key too, or ASCII only'
        WHERE k.key IN ('name', 'type', 'time') AND octet_length(p_row ->> k.field) > length(p_row ->> k.field) AND p_row ->> (k.field || '_key') IS NULL
    ) AS f
    WHERE k.item_kind = p_item_kind
    UNION ALL
    SELECT 'confidence', 'not a number from 0 to 1'
    WHERE CASE coalesce(jsonb_typeof(p_row -> 'confidence'), 'null') WHEN 'null' THEN false
        WHEN 'number' THEN (p_row ->> 'confidence')::numeric NOT BETWEEN 0 AND 1 ELSE true END
    UNION ALL
    SELECT f.field, f.fault
    FROM (
        SELECT CASE jsonb_typeof(p_row -> 'aliases') WHEN 'array' THEN p_row -> 'aliases' ELSE '[]' END AS aliases,
            CASE jsonb_typeof(p_row -> 'aliases_keys') WHEN 'array' THEN p_row -> 'aliases_keys' ELSE '[]' END AS keys,
            CASE jsonb_typeof(p_row -> 'attributes') WHEN 'array' THEN p_row -> 'attributes' ELSE '[]' END AS attributes
    ) AS l
    CROSS JOIN LATERAL (
        SELECT 'aliases' AS field, 'not a list of strings' AS fault
        WHERE jsonb_typeof(p_row -> 'aliases') NOT IN ('array', 'null')
           OR EXISTS (SELECT 1 FROM jsonb_array_elements(l.aliases) AS x (value) WHERE jsonb_typeof(x.value) <> 'string')
        UNION ALL
        SELECT 'aliases_keys', 'not as many strings of 1000 bytes at most as aliases'
        WHERE p_row ->> 'aliases_keys' IS NOT NULL
          AND (jsonb_typeof(p_row -> 'aliases_keys') <> 'array' OR jsonb_array_length(l.keys) <> jsonb_array_length(l.aliases)
               OR EXISTS (SELECT 1 FROM jsonb_array_elements(l.keys) AS x (value)
                          WHERE jsonb_typeof(x.value) <> 'string' OR octet_length(x.value #>> '{}') > 1000))
        UNION ALL
        SELECT 'aliases', 'not ASCII: pass aliases_keys too, or ASCII only'
        WHERE p_row ->> 'aliases_keys' IS NULL AND octet_length(l.aliases #>> '{}') > length(l.aliases #>> '{}')
        UNION ALL
        SELECT 'attributes', 'not a list of objects with key and value'
        WHERE jsonb_typeof(p_row -> 'attributes') NOT IN ('array', 'null')
           OR EXISTS (SELECT 1 FROM jsonb_array_elements(l.attributes) AS x (value)
                      WHERE jsonb_typeof(x.value -> 'key') IS DISTINCT FROM 'string' OR x.value ->> 'value' IS NULL)
    ) AS f
    WHERE p_item_kind = 'entity';
$$;
