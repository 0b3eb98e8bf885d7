-- Purpose:     parse a payload's items into kb.stage_item; internal.
-- Parameters:  p_run_id; p_payload {items: [{item_kind, item_index, chunk_index, item_sha256, merge_key, payload, keys,
--              char_start, char_end, quote, grounding, is_weak, confidence}]}, offsets in UTF-16 units of the page.
-- Returns:     nothing.
-- Errors:      INVALID_PAYLOAD naming item_index and field: the payload is refused as a whole.
-- Idempotency: replaces what the run staged before.
-- What an item says may still be wrong (no name, an end before its start, a quote that is not in the page): such an item
-- is quarantined with its reason and the others go on. The same item seen twice through chunk overlap is one.
CREATE OR REPLACE FUNCTION kb.usp_stage_items(p_run_id uuid, p_payload jsonb)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_bad record;
BEGIN
    IF jsonb_typeof(p_payload -> 'items') IS DISTINCT FROM 'array' THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: items is not an array' USING ERRCODE = 'SR004';
    END IF;

    SELECT i.item_no, i.value ->> 'item_index' AS item_index, f.field, f.wanted INTO v_bad
    FROM jsonb_array_elements(p_payload -> 'items') WITH ORDINALITY AS i (value, item_no)
    CROSS JOIN LATERAL (VALUES
        ('item_kind', 'a string', jsonb_typeof(i.value -> 'item_kind') = 'string'),
        ('item_index', 'an integer', i.value ->> 'item_index' ~ '^\d{1,9}$'),
        ('chunk_index', 'an integer', i.value ->> 'chunk_index' ~ '^\d{1,9}$'),
        ('item_sha256', '64 hex digits', i.value ->> 'item_sha256' ~ '^[0-9a-f]{64}$'),
        ('merge_key', 'a string', jsonb_typeof(i.value -> 'merge_key') = 'string'),
        ('payload', 'an object', jsonb_typeof(i.value -> 'payload') = 'object'),
        ('keys', 'an object', jsonb_typeof(i.value -> 'keys') = 'object'),
        ('grounding', 'exact, normalized, fuzzy or none', i.value ->> 'grounding' IN ('exact', 'normalized', 'fuzzy', 'none')),
        ('char_start', 'an integer unless grounding is none',
            i.value ->> 'grounding' = 'none' OR i.value ->> 'char_start' ~ '^\d{1,9}$'),
        ('char_end', 'an integer unless grounding is none',
            i.value ->> 'grounding' = 'none' OR i.value ->> 'char_end' ~ '^\d{1,9}$'),
        ('quote', 'a string', jsonb_typeof(i.value -> 'quote') = 'string'),
        ('is_weak', 'a boolean', jsonb_typeof(i.value -> 'is_weak') = 'boolean'),
        ('confidence', 'a number from 0 to 1', CASE WHEN jsonb_typeof(i.value -> 'confidence') = 'number'
            THEN (i.value ->> 'confidence')::numeric BETWEEN 0 AND 1 END),
        ('keys.name_key', 'a string', i.value ->> 'item_kind' <> 'entity' OR jsonb_typeof(i.value #> '{keys,name_key}') = 'string'),
        ('keys.type_key', 'a string', i.value ->> 'item_kind' <> 'entity' OR jsonb_typeof(i.value #> '{keys,type_key}') = 'string'),
        ('keys.from_entity_key', 'a string',
            i.value ->> 'item_kind' <> 'relationship' OR jsonb_typeof(i.value #> '{keys,from_entity_key}') = 'string'),
        ('keys.to_entity_key', 'a string',
            i.value ->> 'item_kind' <> 'relationship' OR jsonb_typeof(i.value #> '{keys,to_entity_key}') = 'string'),
        ('keys.relation_type_key', 'a string',
            i.value ->> 'item_kind' <> 'relationship' OR jsonb_typeof(i.value #> '{keys,relation_type_key}') = 'string')
    ) AS f (field, wanted, is_right)
    WHERE f.is_right IS NOT TRUE
    ORDER BY i.item_no
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: item_index %, field %: not %', coalesce(v_bad.item_index, '#' || v_bad.item_no),
            v_bad.field, v_bad.wanted
            USING ERRCODE = 'SR004', HINT = 'Nothing was written. The worker and the database may be of different versions.';
    END IF;

    DELETE FROM kb.stage_item AS s WHERE s.run_id = p_run_id;
    INSERT INTO kb.stage_item (run_id, item_no, item_kind, item_index, chunk_index, item_sha256, merge_key, payload, keys,
        char_start, char_end, quote, grounding, is_weak, confidence, quarantine_reason)
    SELECT DISTINCT ON (i.item_kind, coalesce(i.char_start, -1), coalesce(i.char_end, -1), i.merge_key COLLATE "C")
        p_run_id, i.item_no, i.item_kind, i.item_index, i.chunk_index, i.item_sha256, i.merge_key, i.payload, i.keys,
        CASE i.grounding WHEN 'none' THEN -1 ELSE i.char_start END, CASE i.grounding WHEN 'none' THEN -1 ELSE i.char_end END,
        i.quote, i.grounding, i.is_weak, round(i.confidence, 4),
        CASE
            WHEN i.grounding = 'none' THEN 'NOT_GROUNDED'
            WHEN i.item_kind = 'entity' AND i.keys ->> 'name_key' = '' THEN 'EMPTY_NAME'
            WHEN i.item_kind = 'relationship' AND '' IN (i.keys ->> 'from_entity_key', i.keys ->> 'to_entity_key') THEN 'EMPTY_NAME'
            WHEN i.item_kind = 'relationship' AND i.keys ->> 'relation_type_key' = '' THEN 'EMPTY_TYPE'
            WHEN i.keys ->> 'start_earliest' > i.keys ->> 'end_latest' THEN 'CONTRADICTORY_TIME'
        END
    FROM ROWS FROM (
        jsonb_to_recordset(p_payload -> 'items') AS (
            item_kind text, item_index integer, chunk_index integer, item_sha256 text, merge_key text, payload jsonb,
            keys jsonb, char_start integer, char_end integer, quote text, grounding text, is_weak boolean, confidence numeric)
    ) WITH ORDINALITY AS i (item_kind, item_index, chunk_index, item_sha256, merge_key, payload, keys, char_start, char_end,
        quote, grounding, is_weak, confidence, item_no)
    ORDER BY i.item_kind, coalesce(i.char_start, -1), coalesce(i.char_end, -1), i.merge_key COLLATE "C",
        i.confidence DESC, i.item_sha256 COLLATE "C";
END
$$;
