-- Purpose:     the names that an item mentions; the one place that knows which keys of an item are names.
-- Parameters:  p_item_kind; p_keys, p_payload as in kb.assertion.
-- Returns:     mention, name_key, name; type_key and type ('' when the mention has no type of its own); family where the
--              item's kind settles it, else null; dimension that the mention shows the name to have, else ''.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR REPLACE FUNCTION kb.fn_mentions(p_item_kind text, p_keys jsonb, p_payload jsonb)
RETURNS TABLE (mention text, name_key text, name text, type_key text, type text, family text, dimension text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT 'self', p_keys ->> 'name_key', p_payload ->> 'name', coalesce(p_keys ->> 'type_key', ''),
        coalesce(p_payload ->> 'type', ''), NULL::text, ''
    WHERE p_item_kind = 'entity' AND p_keys ->> 'name_key' <> ''
    UNION ALL
    SELECT 'from', p_keys ->> 'from_entity_key', p_payload ->> 'from_entity', '', '', NULL, ''
    WHERE p_item_kind = 'relationship' AND p_keys ->> 'from_entity_key' <> ''
    UNION ALL
    SELECT 'to', p_keys ->> 'to_entity_key', p_payload ->> 'to_entity', '', '', NULL, ''
    WHERE p_item_kind = 'relationship' AND p_keys ->> 'to_entity_key' <> ''
    UNION ALL
    SELECT 'self', p_keys ->> 'name_key', p_payload ->> 'name', coalesce(p_keys ->> 'type_key', ''),
        coalesce(nullif(p_payload ->> 'type', ''), k.family), k.family, k.dimension
    FROM (VALUES ('event', 'event', 'event'), ('work', 'work', 'work'), ('location', 'place', 'location'),
        ('period', 'period', 'period'), ('concept', 'concept', 'concept'), ('tag', 'tag', 'tag')) AS k (item_kind, family, dimension)
    WHERE p_item_kind = k.item_kind AND p_keys ->> 'name_key' <> ''
    UNION ALL
    SELECT k.mention, p_keys ->> k.key, coalesce(p_payload ->> k.property, p_keys ->> k.key), '', '', NULL, k.dimension
    FROM (VALUES ('event', 'location', 'location_key', 'location', 'location'), ('location', 'parent', 'parent_key', 'parent', 'location'),
        ('fact', 'subject', 'subject_key', 'subject', ''), ('tag', 'entity', 'entity_key', 'entity', '')
    ) AS k (item_kind, mention, key, property, dimension)
    WHERE p_item_kind = k.item_kind AND p_keys ->> k.key <> ''
    UNION ALL
    SELECT 'broader', p_keys ->> 'broader_key', coalesce(p_payload ->> 'broader', p_keys ->> 'broader_key'), '', '', 'tag', 'tag'
    WHERE p_item_kind = 'tag' AND p_keys ->> 'broader_key' <> ''
    UNION ALL
    SELECT k.property || ':' || (x.place - 1), x.keys ->> 'entity_key', x.payload ->> 'entity', '', '', NULL, ''
    FROM (VALUES ('event', 'participants'), ('work', 'appearances')) AS k (item_kind, property)
    CROSS JOIN LATERAL ROWS FROM (
        jsonb_array_elements(CASE jsonb_typeof(p_keys -> k.property) WHEN 'array' THEN p_keys -> k.property ELSE '[]' END),
        jsonb_array_elements(CASE jsonb_typeof(p_payload -> k.property) WHEN 'array' THEN p_payload -> k.property ELSE '[]' END)
    ) WITH ORDINALITY AS x (keys, payload, place)
    WHERE p_item_kind = k.item_kind AND x.keys ->> 'entity_key' <> ''
    UNION ALL
    SELECT 'tag:' || (x.place - 1), x.key, x.name, '', 'tag', 'tag', 'tag'
    FROM ROWS FROM (
        jsonb_array_elements_text(CASE jsonb_typeof(p_keys -> 'tags_keys') WHEN 'array' THEN p_keys -> 'tags_keys' ELSE '[]' END),
        jsonb_array_elements_text(CASE jsonb_typeof(p_payload -> 'tags') WHEN 'array' THEN p_payload -> 'tags' ELSE '[]' END)
    ) WITH ORDINALITY AS x (key, name, place)
    WHERE p_item_kind = 'page_classification' AND x.key <> ''
    UNION ALL
    SELECT k.mention, p_keys ->> k.key, coalesce(p_payload #>> k.path, p_keys ->> k.key), '', '', NULL, 'work'
    FROM (VALUES ('from_work', 'work_context_from_key', ARRAY['work_context', 'from']),
        ('to_work', 'work_context_to_key', ARRAY['work_context', 'to'])) AS k (mention, key, path)
    WHERE p_item_kind IN ('relationship', 'event', 'fact') AND p_keys ->> k.key <> '';
$$;
