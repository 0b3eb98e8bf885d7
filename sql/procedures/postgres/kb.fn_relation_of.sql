-- Purpose:     the natural key of the relation that a relationship assertion supports, by its ends as resolved now; internal.
-- Parameters:  p_assertion_id.
-- Returns:     from_entity_id, to_entity_id, relation_key, relation_type, start_key, end_key; no row for another kind.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION kb.fn_relation_of(p_assertion_id bigint)
RETURNS TABLE (from_entity_id bigint, to_entity_id bigint, relation_key text, relation_type text, start_key text, end_key text)
LANGUAGE sql STABLE AS $$
    SELECT kb.fn_master_entity(f.entity_id), kb.fn_master_entity(t.entity_id),
        kb.fn_bounded_key(a.keys ->> 'relation_type_key', 300) COLLATE "C", a.payload ->> 'relation_type',
        kb.fn_bounded_key(coalesce(a.keys ->> 'start_key', ''), 150) COLLATE "C",
        kb.fn_bounded_key(coalesce(a.keys ->> 'end_key', ''), 150) COLLATE "C"
    FROM kb.assertion AS a
    JOIN kb.resolution AS f ON f.assertion_id = a.assertion_id AND f.mention = 'from' AND f.superseded_at IS NULL
    JOIN kb.resolution AS t ON t.assertion_id = a.assertion_id AND t.mention = 'to' AND t.superseded_at IS NULL
    WHERE a.assertion_id = p_assertion_id AND a.item_kind = 'relationship';
$$;
