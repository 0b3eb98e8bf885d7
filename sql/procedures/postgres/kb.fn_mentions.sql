-- Purpose:     the names that an item mentions; the one place that knows which keys of an item are names.
-- Parameters:  p_item_kind; p_keys, p_payload as in kb.assertion.
-- Returns:     mention, name_key, name, type_key and type ('' when the mention has no type of its own).
-- Errors:      none.
-- Idempotency: pure.
CREATE OR REPLACE FUNCTION kb.fn_mentions(p_item_kind text, p_keys jsonb, p_payload jsonb)
RETURNS TABLE (mention text, name_key text, name text, type_key text, type text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT m.mention, m.name_key, m.name, m.type_key, m.type
    FROM (VALUES
        ('entity', 'self', p_keys ->> 'name_key', p_payload ->> 'name', coalesce(p_keys ->> 'type_key', ''), coalesce(p_payload ->> 'type', '')),
        ('relationship', 'from', p_keys ->> 'from_entity_key', p_payload ->> 'from_entity', '', ''),
        ('relationship', 'to', p_keys ->> 'to_entity_key', p_payload ->> 'to_entity', '', '')
    ) AS m (item_kind, mention, name_key, name, type_key, type)
    WHERE m.item_kind = p_item_kind AND m.name_key <> '';
$$;
