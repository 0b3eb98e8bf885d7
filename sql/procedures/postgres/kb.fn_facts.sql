-- Purpose:     the attributes of a name that an item states; the one place that knows which.
-- Parameters:  p_item_kind; p_keys, p_payload as in kb.assertion.
-- Returns:     mention as in kb.fn_mentions; attribute, value and unit with their keys; the fact's other key parts ('' where
--              absent) and what they stand for. When an event was, when a work came out are facts like others.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR REPLACE FUNCTION kb.fn_facts(p_item_kind text, p_keys jsonb, p_payload jsonb)
RETURNS TABLE (mention text, attribute text, attribute_key text, value text, value_key text, unit text, unit_key text,
    start_key text, end_key text, from_work_key text, to_work_key text, continuity_key text, value_earliest date,
    value_latest date, value_precision text, start_text text, start_earliest date, start_latest date, start_precision text,
    end_text text, end_earliest date, end_latest date, end_precision text, from_work text, to_work text, continuity text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT 'subject', p_payload ->> 'attribute', kb.fn_bounded_key(p_keys ->> 'attribute_key', 200), p_payload ->> 'value',
        kb.fn_bounded_key(p_keys ->> 'value_key', 400), nullif(btrim(p_payload ->> 'unit'), ''),
        kb.fn_bounded_key(coalesce(p_keys ->> 'unit_key', ''), 120),
        kb.fn_bounded_key(coalesce(p_keys ->> 'valid_from_key', ''), 150), kb.fn_bounded_key(coalesce(p_keys ->> 'valid_to_key', ''), 150),
        kb.fn_bounded_key(coalesce(p_keys ->> 'work_context_from_key', ''), 300),
        kb.fn_bounded_key(coalesce(p_keys ->> 'work_context_to_key', ''), 300),
        kb.fn_bounded_key(coalesce(p_keys ->> 'continuity_key', ''), 200),
        (p_keys ->> 'value_earliest')::date, (p_keys ->> 'value_latest')::date, p_keys ->> 'value_precision',
        nullif(btrim(p_payload ->> 'valid_from'), ''), (p_keys ->> 'valid_from_earliest')::date,
        (p_keys ->> 'valid_from_latest')::date, p_keys ->> 'valid_from_precision',
        nullif(btrim(p_payload ->> 'valid_to'), ''), (p_keys ->> 'valid_to_earliest')::date,
        (p_keys ->> 'valid_to_latest')::date, p_keys ->> 'valid_to_precision',
        nullif(btrim(p_payload #>> '{work_context,from}'), ''), nullif(btrim(p_payload #>> '{work_context,to}'), ''),
        nullif(btrim(p_payload ->> 'continuity'), '')
    WHERE p_item_kind = 'fact'
    UNION ALL
    SELECT 'self', k.attribute, k.attribute, btrim(p_payload ->> k.attribute),
        kb.fn_bounded_key(p_keys ->> (k.attribute || '_key'), 400), NULL, '', '', '', '', '',
        kb.fn_bounded_key(coalesce(p_keys ->> 'continuity_key', ''), 200),
        (p_keys ->> (k.attribute || '_earliest'))::date, (p_keys ->> (k.attribute || '_latest'))::date,
        p_keys ->> (k.attribute || '_precision'), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        nullif(btrim(p_payload ->> 'continuity'), '')
    FROM (VALUES ('event', 'start'), ('event', 'end'), ('period', 'start'), ('period', 'end'), ('work', 'release_date'),
        ('work', 'canon_status')) AS k (item_kind, attribute)
    WHERE p_item_kind = k.item_kind AND btrim(p_payload ->> k.attribute) <> '' AND p_keys ->> (k.attribute || '_key') <> '';
$$;
