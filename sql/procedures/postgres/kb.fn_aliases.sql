-- Purpose:     the aliases that one assertion gives an entity; internal.
-- Parameters:  p_entity_id; p_assertion_id linked to it.
-- Returns:     entity_id, alias_key, alias: what an entity item lists, and the name that a merge brought; without the
--              entity's own name.
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
    WHERE a.assertion_id = p_assertion_id AND a.item_kind = 'entity' AND k.alias_key NOT IN ('', e.name_key)
    UNION ALL
    SELECT p_entity_id, r.name_key, m.name
    FROM kb.dim_entity AS e
    JOIN kb.resolution AS r ON r.assertion_id = p_assertion_id AND r.superseded_at IS NULL AND r.name_key <> e.name_key
    JOIN kb.assertion AS a ON a.assertion_id = r.assertion_id
    JOIN LATERAL kb.fn_mentions(a.item_kind, a.keys, a.payload) AS m ON m.mention = r.mention
    WHERE e.entity_id = p_entity_id AND (r.mention = 'self' OR r.type_family <> 'unknown' OR e.type_family = 'unknown')
      AND (r.entity_id = p_entity_id OR kb.fn_master_entity(r.entity_id) = p_entity_id);
$$;
