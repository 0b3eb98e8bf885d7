-- Purpose:     the bridges between two names that an item states; the one place that knows which.
-- Parameters:  p_item_kind; p_keys, p_payload as in kb.assertion.
-- Returns:     from_mention, to_mention as in kb.fn_mentions; relation_type, relation_key; the bridge's other key parts
--              ('' where absent) and what they stand for.
-- Errors:      none.
-- Idempotency: pure.
-- An event's time is the event's own (kb.fn_facts), so who took part in it is not dated once more.
CREATE OR REPLACE FUNCTION kb.fn_relations(p_item_kind text, p_keys jsonb, p_payload jsonb)
RETURNS TABLE (from_mention text, to_mention text, relation_type text, relation_key text, start_key text, end_key text,
    from_work_key text, to_work_key text, continuity_key text, start_text text, start_earliest date, start_latest date,
    start_precision text, end_text text, end_earliest date, end_latest date, end_precision text, from_work text,
    to_work text, continuity text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT 'from', 'to', p_payload ->> 'relation_type', kb.fn_bounded_key(p_keys ->> 'relation_type_key', 300),
        kb.fn_bounded_key(coalesce(p_keys ->> 'start_key', ''), 150), kb.fn_bounded_key(coalesce(p_keys ->> 'end_key', ''), 150),
        kb.fn_bounded_key(coalesce(p_keys ->> 'work_context_from_key', ''), 300),
        kb.fn_bounded_key(coalesce(p_keys ->> 'work_context_to_key', ''), 300),
        kb.fn_bounded_key(coalesce(p_keys ->> 'continuity_key', ''), 200),
        nullif(btrim(p_payload ->> 'start'), ''), (p_keys ->> 'start_earliest')::date, (p_keys ->> 'start_latest')::date,
        p_keys ->> 'start_precision',
        nullif(btrim(p_payload ->> 'end'), ''), (p_keys ->> 'end_earliest')::date, (p_keys ->> 'end_latest')::date,
        p_keys ->> 'end_precision',
        nullif(btrim(p_payload #>> '{work_context,from}'), ''), nullif(btrim(p_payload #>> '{work_context,to}'), ''),
        nullif(btrim(p_payload ->> 'continuity'), '')
    WHERE p_item_kind = 'relationship'
    UNION ALL
    SELECT s.from_mention, s.to_mention, s.relation_type, kb.fn_bounded_key(s.relation_key, 300), '', '',
        kb.fn_bounded_key(coalesce(p_keys ->> 'work_context_from_key', ''), 300),
        kb.fn_bounded_key(coalesce(p_keys ->> 'work_context_to_key', ''), 300),
        kb.fn_bounded_key(coalesce(p_keys ->> 'continuity_key', ''), 200), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        nullif(btrim(p_payload #>> '{work_context,from}'), ''), nullif(btrim(p_payload #>> '{work_context,to}'), ''),
        nullif(btrim(p_payload ->> 'continuity'), '')
    FROM (
        SELECT k.from_mention, k.to_mention, k.relation_key AS relation_type, k.relation_key
        FROM (VALUES ('event', 'self', 'location', 'location'), ('location', 'self', 'parent', 'part_of'),
            ('tag', 'entity', 'self', 'tagged'), ('tag', 'self', 'broader', 'broader')
        ) AS k (item_kind, from_mention, to_mention, relation_key)
        WHERE p_item_kind = k.item_kind
        UNION ALL
        SELECT k.property || ':' || (x.place - 1), 'self', coalesce(nullif(btrim(x.payload ->> k.role), ''), k.default_role),
            coalesce(nullif(x.keys ->> k.role_key, ''), k.default_role)
        FROM (VALUES ('event', 'participants', 'role', 'role_key', 'participant'),
            ('work', 'appearances', 'appearance_type', 'appearance_type_key', 'appearance')
        ) AS k (item_kind, property, role, role_key, default_role)
        CROSS JOIN LATERAL ROWS FROM (
            jsonb_array_elements(CASE jsonb_typeof(p_keys -> k.property) WHEN 'array' THEN p_keys -> k.property ELSE '[]' END),
            jsonb_array_elements(CASE jsonb_typeof(p_payload -> k.property) WHEN 'array' THEN p_payload -> k.property ELSE '[]' END)
        ) WITH ORDINALITY AS x (keys, payload, place)
        WHERE p_item_kind = k.item_kind
    ) AS s
    WHERE p_item_kind IN ('event', 'work', 'location', 'tag');
$$;
