-- Purpose:     what is structurally wrong with an item of a payload; internal.
-- Parameters:  p_item as in kb.usp_stage_items.
-- Returns:     field and what it should be; no row if the item can be staged.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR REPLACE FUNCTION kb.fn_item_faults(p_item jsonb)
RETURNS TABLE (field text, wanted text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT f.field, f.wanted
    FROM (VALUES
        ('item_kind', 'a name in lower snake_case', p_item ->> 'item_kind' ~ '^[a-z][a-z0-9_]{0,99}$'),
        ('item_index', 'an integer', p_item ->> 'item_index' ~ '^[0-9]{1,9}$'),
        ('chunk_index', 'an integer', p_item ->> 'chunk_index' ~ '^[0-9]{1,9}$'),
        ('source_page_id', 'a page id', p_item -> 'source_page_id' IS NULL OR p_item ->> 'source_page_id' ~ '^[0-9]{1,18}$'),
        ('item_sha256', '64 hex digits', p_item ->> 'item_sha256' ~ '^[0-9a-f]{64}$'),
        ('merge_key', 'a string', jsonb_typeof(p_item -> 'merge_key') = 'string'),
        ('payload', 'an object', jsonb_typeof(p_item -> 'payload') = 'object'),
        ('keys', 'an object', jsonb_typeof(p_item -> 'keys') = 'object'),
        ('grounding', 'exact, normalized, fuzzy or none', p_item ->> 'grounding' IN ('exact', 'normalized', 'fuzzy', 'none')),
        ('char_start', 'an integer unless grounding is none',
            p_item ->> 'grounding' = 'none' OR p_item ->> 'char_start' ~ '^[0-9]{1,9}$'),
        ('char_end', 'an integer unless grounding is none',
            p_item ->> 'grounding' = 'none' OR p_item ->> 'char_end' ~ '^[0-9]{1,9}$'),
        ('char_end', 'at or after char_start', CASE
            WHEN p_item ->> 'grounding' IS DISTINCT FROM 'none' AND p_item ->> 'char_start' ~ '^[0-9]{1,9}$'
                AND p_item ->> 'char_end' ~ '^[0-9]{1,9}$'
            THEN (p_item ->> 'char_end')::integer >= (p_item ->> 'char_start')::integer ELSE true END),
        ('quote', 'a string', jsonb_typeof(p_item -> 'quote') = 'string'),
        ('is_weak', 'a boolean', jsonb_typeof(p_item -> 'is_weak') = 'boolean'),
        ('confidence', 'a number from 0 to 1', CASE WHEN jsonb_typeof(p_item -> 'confidence') = 'number'
            THEN (p_item ->> 'confidence')::numeric BETWEEN 0 AND 1 END)
    ) AS f (field, wanted, is_right)
    WHERE f.is_right IS NOT TRUE
    UNION ALL
    SELECT 'payload.' || r.property, 'a string'
    FROM (VALUES ('entity', 'name'), ('relationship', 'from_entity'), ('relationship', 'to_entity'),
        ('relationship', 'relation_type'), ('event', 'name'), ('work', 'name'), ('location', 'name'), ('period', 'name'),
        ('concept', 'name'), ('tag', 'name'), ('fact', 'subject'), ('fact', 'attribute'), ('fact', 'value'),
        ('page_classification', 'primary_type')) AS r (item_kind, property)
    WHERE r.item_kind = p_item ->> 'item_kind' AND jsonb_typeof(p_item -> 'payload' -> r.property) IS DISTINCT FROM 'string'
    UNION ALL
    SELECT 'keys.' || r.key, 'a string of 1000 bytes at most'
    FROM (VALUES ('entity', 'name_key'), ('entity', 'type_key'), ('relationship', 'from_entity_key'),
        ('relationship', 'to_entity_key'), ('relationship', 'relation_type_key'), ('event', 'name_key'), ('work', 'name_key'),
        ('location', 'name_key'), ('period', 'name_key'), ('concept', 'name_key'), ('tag', 'name_key'), ('fact', 'subject_key'),
        ('fact', 'attribute_key'), ('fact', 'value_key')) AS r (item_kind, key)
    WHERE r.item_kind = p_item ->> 'item_kind' AND p_item -> 'keys' -> r.key IS NULL
    UNION ALL
    SELECT 'keys.' || k.key, CASE WHEN k.key LIKE '%\_key' THEN 'a string of 1000 bytes at most' ELSE 'a date YYYY-MM-DD' END
    FROM jsonb_each(CASE jsonb_typeof(p_item -> 'keys') WHEN 'object' THEN p_item -> 'keys' ELSE '{}' END) AS k (key, value)
    WHERE CASE
        WHEN k.key LIKE '%\_key' THEN jsonb_typeof(k.value) <> 'string' OR octet_length(k.value #>> '{}') > 1000
        WHEN k.key LIKE '%\_earliest' OR k.key LIKE '%\_latest' THEN NOT kb.fn_is_day(k.value) END
    UNION ALL
    SELECT 'payload.' || l.property, 'a list of strings'
    FROM (VALUES ('entity', 'aliases'), ('page_classification', 'tags')) AS l (item_kind, property)
    WHERE l.item_kind = p_item ->> 'item_kind' AND jsonb_typeof(p_item -> 'payload' -> l.property) = 'array'
      AND EXISTS (SELECT 1 FROM jsonb_array_elements(p_item -> 'payload' -> l.property) AS x (value) WHERE jsonb_typeof(x.value) <> 'string')
    UNION ALL
    SELECT 'keys.' || l.property || '_keys', 'as many strings of 1000 bytes at most as payload.' || l.property
    FROM (VALUES ('entity', 'aliases'), ('page_classification', 'tags')) AS l (item_kind, property)
    WHERE l.item_kind = p_item ->> 'item_kind' AND p_item -> 'keys' -> (l.property || '_keys') IS NOT NULL
      AND CASE WHEN jsonb_typeof(p_item -> 'keys' -> (l.property || '_keys')) <> 'array' THEN true
          ELSE jsonb_array_length(p_item -> 'keys' -> (l.property || '_keys')) <> CASE jsonb_typeof(p_item -> 'payload' -> l.property)
                  WHEN 'array' THEN jsonb_array_length(p_item -> 'payload' -> l.property) ELSE 0 END
              OR EXISTS (SELECT 1 FROM jsonb_array_elements(p_item -> 'keys' -> (l.property || '_keys')) AS x (value)
                         WHERE jsonb_typeof(x.value) <> 'string' OR octet_length(x.value #>> '{}') > 1000) END
    UNION ALL
    SELECT 'keys.' || l.property, 'a list of objects with strings of 1000 bytes at most, as long as payload.' || l.property
    FROM (VALUES ('event', 'participants'), ('work', 'appearances')) AS l (item_kind, property)
    WHERE l.item_kind = p_item ->> 'item_kind'
      AND (jsonb_typeof(p_item -> 'payload' -> l.property) = 'array' OR p_item -> 'keys' -> l.property IS NOT NULL)
      AND CASE WHEN jsonb_typeof(p_item -> 'keys' -> l.property) IS DISTINCT FROM 'array'
                OR jsonb_typeof(p_item -> 'payload' -> l.property) IS DISTINCT FROM 'array' THEN true
          ELSE jsonb_array_length(p_item -> 'keys' -> l.property) <> jsonb_array_length(p_item -> 'payload' -> l.property)
              OR EXISTS (SELECT 1 FROM jsonb_array_elements(p_item -> 'payload' -> l.property) AS x (value)
                         WHERE jsonb_typeof(x.value) <> 'object' OR jsonb_typeof(x.value -> 'entity') IS DISTINCT FROM 'string')
              OR EXISTS (SELECT 1 FROM jsonb_array_elements(p_item -> 'keys' -> l.property) AS x (value)
                         WHERE CASE jsonb_typeof(x.value) WHEN 'object' THEN EXISTS (
                             SELECT 1 FROM jsonb_each(x.value) AS y (key, value)
                             WHERE jsonb_typeof(y.value) <> 'string' OR octet_length(y.value #>> '{}') > 1000) ELSE true END) END;
$$;
