-- Purpose:     the aliases that one assertion gives an entity; internal.
-- Parameters:  p_entity_id; p_assertion_id of an entity item.
-- Returns:     entity_id, alias_key, alias; without the entity's own name.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION kb.fn_aliases(p_entity_id bigint, p_assertion_id bigint)
RETURNS TABLE (entity_id bigint, alias_key text, alias text)
LANGUAGE sql STABLE AS $$
    SELECT p_entity_id, k.alias_key COLLATE "C", k.alias
    FROM kb.assertion AS a
    JOIN kb.dim_entity AS e ON e.entity_id = p_entity_id
    CROSS JOIN LATERAL ROWS FROM (
        jsonb_array_elements_text(CASE jsonb_typeof(a.keys -> 'aliases_keys') WHEN 'array' THEN a.keys -> 'aliases_keys' ELSE '[]' END),
        jsonb_array_elements_text(CASE jsonb_typeof(a.payload -> 'aliases') WHEN 'array' THEN a.payload -> 'aliases' ELSE '[]' END)
    ) AS k (alias_key, alias)
    WHERE a.assertion_id = p_assertion_id AND a.item_kind = 'entity' AND k.alias_key NOT IN ('', e.name_key);
$$;
