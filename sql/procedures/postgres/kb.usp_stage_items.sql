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
    v_bad    record;
    v_length integer;
BEGIN
    IF jsonb_typeof(p_payload -> 'items') IS DISTINCT FROM 'array' THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: items is not an array' USING ERRCODE = 'SR004';
    END IF;

    SELECT i.item_no, i.value ->> 'item_index' AS item_index, f.field, f.wanted INTO v_bad
    FROM jsonb_array_elements(p_payload -> 'items') WITH ORDINALITY AS i (value, item_no)
    CROSS JOIN LATERAL (VALUES
        ('item_kind', 'a name in lower snake_case', i.value ->> 'item_kind' ~ '^[a-z][a-z0-9_]{0,99}$'),
        ('item_index', 'an integer', i.value ->> 'item_index' ~ '^[0-9]{1,9}$'),
        ('chunk_index', 'an integer', i.value ->> 'chunk_index' ~ '^[0-9]{1,9}$'),
        ('item_sha256', '64 hex digits', i.value ->> 'item_sha256' ~ '^[0-9a-f]{64}$'),
        ('merge_key', 'a string', jsonb_typeof(i.value -> 'merge_key') = 'string'),
        ('payload', 'an object', jsonb_typeof(i.value -> 'payload') = 'object'),
        ('keys', 'an object', jsonb_typeof(i.value -> 'keys') = 'object'),
        ('grounding', 'exact, normalized, fuzzy or none', i.value ->> 'grounding' IN ('exact', 'normalized', 'fuzzy', 'none')),
        ('char_start', 'an integer unless grounding is none',
            i.value ->> 'grounding' = 'none' OR i.value ->> 'char_start' ~ '^[0-9]{1,9}$'),
        ('char_end', 'an integer unless grounding is none',
            i.value ->> 'grounding' = 'none' OR i.value ->> 'char_end' ~ '^[0-9]{1,9}$'),
        ('char_end', 'at or after char_start', CASE
            WHEN i.value ->> 'grounding' IS DISTINCT FROM 'none' AND i.value ->> 'char_start' ~ '^[0-9]{1,9}$'
                AND i.value ->> 'char_end' ~ '^[0-9]{1,9}$'
            THEN (i.value ->> 'char_end')::integer >= (i.value ->> 'char_start')::integer ELSE true END),
        ('quote', 'a string', jsonb_typeof(i.value -> 'quote') = 'string'),
        ('is_weak', 'a boolean', jsonb_typeof(i.value -> 'is_weak') = 'boolean'),
        ('confidence', 'a number from 0 to 1', CASE WHEN jsonb_typeof(i.value -> 'confidence') = 'number'
            THEN (i.value ->> 'confidence')::numeric BETWEEN 0 AND 1 END),
        ('payload.name', 'a string', i.value ->> 'item_kind' <> 'entity' OR jsonb_typeof(i.value #> '{payload,name}') = 'string'),
        ('payload.aliases', 'a list of strings', i.value ->> 'item_kind' <> 'entity'
            OR NOT jsonb_path_exists(i.value, '$.payload.aliases[*] ? (@.type() != "string")')
            OR jsonb_typeof(i.value #> '{payload,aliases}') <> 'array'),
        ('keys.name_key', 'a string of 1000 bytes at most', i.value ->> 'item_kind' <> 'entity'
            OR jsonb_typeof(i.value #> '{keys,name_key}') = 'string' AND octet_length(i.value #>> '{keys,name_key}') <= 1000),
        ('keys.aliases_keys', 'as many strings of 1000 bytes at most as payload.aliases', i.value #> '{keys,aliases_keys}' IS NULL
            OR jsonb_typeof(i.value #> '{keys,aliases_keys}') = 'array'
                AND NOT jsonb_path_exists(i.value, '$.keys.aliases_keys[*] ? (@.type() != "string")')
                AND jsonb_array_length(i.value #> '{keys,aliases_keys}')
                    = CASE jsonb_typeof(i.value #> '{payload,aliases}') WHEN 'array' THEN jsonb_array_length(i.value #> '{payload,aliases}') ELSE 0 END
                AND (SELECT coalesce(max(octet_length(k.alias_key)), 0)
                     FROM jsonb_array_elements_text(i.value #> '{keys,aliases_keys}') AS k (alias_key)) <= 1000),
        ('keys.type_key', 'a string of 1000 bytes at most', i.value ->> 'item_kind' <> 'entity'
            OR jsonb_typeof(i.value #> '{keys,type_key}') = 'string' AND octet_length(i.value #>> '{keys,type_key}') <= 1000),
        ('payload.from_entity', 'a string',
            i.value ->> 'item_kind' <> 'relationship' OR jsonb_typeof(i.value #> '{payload,from_entity}') = 'string'),
        ('keys.from_entity_key', 'a string of 1000 bytes at most', i.value ->> 'item_kind' <> 'relationship'
            OR jsonb_typeof(i.value #> '{keys,from_entity_key}') = 'string' AND octet_length(i.value #>> '{keys,from_entity_key}') <= 1000),
        ('payload.to_entity', 'a string',
            i.value ->> 'item_kind' <> 'relationship' OR jsonb_typeof(i.value #> '{payload,to_entity}') = 'string'),
        ('keys.to_entity_key', 'a string of 1000 bytes at most', i.value ->> 'item_kind' <> 'relationship'
            OR jsonb_typeof(i.value #> '{keys,to_entity_key}') = 'string' AND octet_length(i.value #>> '{keys,to_entity_key}') <= 1000),
        ('keys.relation_type_key', 'a string',
            i.value ->> 'item_kind' <> 'relationship' OR jsonb_typeof(i.value #> '{keys,relation_type_key}') = 'string'),
        ('payload.relation_type', 'a string',
            i.value ->> 'item_kind' <> 'relationship' OR jsonb_typeof(i.value #> '{payload,relation_type}') = 'string'),
        ('payload.primary_type', 'a string',
            i.value ->> 'item_kind' <> 'page_classification' OR jsonb_typeof(i.value #> '{payload,primary_type}') = 'string'),
        ('keys.start_earliest', 'a date YYYY-MM-DD', kb.fn_is_day(i.value #> '{keys,start_earliest}')),
        ('keys.start_latest', 'a date YYYY-MM-DD', kb.fn_is_day(i.value #> '{keys,start_latest}')),
        ('keys.end_earliest', 'a date YYYY-MM-DD', kb.fn_is_day(i.value #> '{keys,end_earliest}')),
        ('keys.end_latest', 'a date YYYY-MM-DD', kb.fn_is_day(i.value #> '{keys,end_latest}'))
    ) AS f (field, wanted, is_right)
    WHERE f.is_right IS NOT TRUE
    ORDER BY i.item_no
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: item_index %, field %: not %', coalesce(v_bad.item_index, '#' || v_bad.item_no),
            v_bad.field, v_bad.wanted
            USING ERRCODE = 'SR004', HINT = 'Nothing was written. The worker and the database may be of different versions.';
    END IF;

    -- In UTF-16 units: characters beyond the basic plane count twice.
    SELECT length(s.content) + length(regexp_replace(s.content, '[^\U00010000-\U0010FFFF]', '', 'g')) INTO v_length
    FROM ingest.source_page AS s
    WHERE s.source_page_id = (p_payload #>> '{page,source_page_id}')::bigint;

    DELETE FROM kb.stage_item AS s WHERE s.run_id = p_run_id;
    INSERT INTO kb.stage_item (run_id, item_no, item_kind, item_index, chunk_index, item_sha256, merge_key, payload, keys,
        char_start, char_end, quote, grounding, is_weak, confidence, quarantine_reason)
    -- The same item under two merge keys is one row of kb.assertion, so both decide.
    SELECT DISTINCT ON (u.item_kind, u.char_start, u.char_end, u.item_sha256)
        p_run_id, u.item_no, u.item_kind, u.item_index, u.chunk_index, u.item_sha256, u.merge_key, u.payload, u.keys,
        u.char_start, u.char_end, u.quote, u.grounding, u.is_weak, round(u.confidence, 4),
        CASE
            WHEN u.grounding = 'none' THEN 'NOT_GROUNDED'
            WHEN u.char_end > v_length THEN 'OUTSIDE_PAGE'
            WHEN u.item_kind = 'entity' AND u.keys ->> 'name_key' = '' THEN 'EMPTY_NAME'
            WHEN u.item_kind = 'relationship' AND '' IN (u.keys ->> 'from_entity_key', u.keys ->> 'to_entity_key') THEN 'EMPTY_NAME'
            WHEN u.item_kind = 'relationship' AND u.keys ->> 'relation_type_key' = '' THEN 'EMPTY_TYPE'
            WHEN u.keys ->> 'start_earliest' > u.keys ->> 'end_latest' THEN 'CONTRADICTORY_TIME'
        END
    FROM (
        SELECT DISTINCT ON (i.item_kind, o.char_start, o.char_end, i.merge_key COLLATE "C") i.item_no, i.item_kind,
            i.item_index, i.chunk_index, i.item_sha256, i.merge_key, i.payload, i.keys, o.char_start, o.char_end, i.quote,
            i.grounding, i.is_weak, i.confidence
        FROM ROWS FROM (
            jsonb_to_recordset(p_payload -> 'items') AS (
                item_kind text, item_index integer, chunk_index integer, item_sha256 text, merge_key text, payload jsonb,
                keys jsonb, char_start text, char_end text, quote text, grounding text, is_weak boolean, confidence numeric)
        ) WITH ORDINALITY AS i (item_kind, item_index, chunk_index, item_sha256, merge_key, payload, keys, char_start,
            char_end, quote, grounding, is_weak, confidence, item_no)
        CROSS JOIN LATERAL (
            SELECT CASE i.grounding WHEN 'none' THEN -1 ELSE i.char_start::integer END AS char_start,
                CASE i.grounding WHEN 'none' THEN -1 ELSE i.char_end::integer END AS char_end
        ) AS o
        ORDER BY i.item_kind, o.char_start, o.char_end, i.merge_key COLLATE "C", i.confidence DESC, i.item_sha256 COLLATE "C",
            i.item_no
    ) AS u
    ORDER BY u.item_kind, u.char_start, u.char_end, u.item_sha256, u.confidence DESC, u.merge_key COLLATE "C";
END
$$;
