-- Purpose:     parse a payload's items into kb.stage_item; internal.
-- Parameters:  p_run_id; p_payload {page or subject, items: [{item_kind, item_index, chunk_index, item_sha256, merge_key,
--              payload, keys, char_start, char_end, quote, grounding, is_weak, confidence, source_page_id?}]}, offsets in
--              UTF-16 units of the page; items without source_page_id are of the payload's page.
-- Returns:     nothing.
-- Errors:      INVALID_PAYLOAD naming item_index and field: the payload is refused as a whole.
-- Idempotency: replaces what the run staged before.
-- What an item says may still be wrong (no name, an end before its start, a quote that is not in the page): such an item
-- is quarantined with its reason and the others go on. The same item seen twice through chunk overlap is one.
CREATE OR REPLACE FUNCTION kb.usp_stage_items(p_run_id uuid, p_payload jsonb)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_bad     record;
    v_page_id bigint := (p_payload #>> '{page,source_page_id}')::bigint;
BEGIN
    IF jsonb_typeof(p_payload -> 'items') IS DISTINCT FROM 'array' THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: items is not an array' USING ERRCODE = 'SR004';
    END IF;

    IF NOT kb.fn_are_sound_items(p_payload -> 'items', v_page_id) THEN
        SELECT i.item_no, i.value ->> 'item_index' AS item_index, f.field, f.wanted INTO v_bad
        FROM jsonb_array_elements(p_payload -> 'items') WITH ORDINALITY AS i (value, item_no)
        CROSS JOIN LATERAL (
            SELECT x.field, x.wanted FROM kb.fn_item_faults(i.value) AS x
            UNION ALL
            SELECT 'source_page_id', 'given, and the payload is not about one page'
            WHERE v_page_id IS NULL AND i.value ->> 'source_page_id' IS NULL
            UNION ALL
            SELECT 'source_page_id', 'the page of the payload'
            WHERE v_page_id IS NOT NULL AND i.value ->> 'source_page_id' <> v_page_id::text
        ) AS f
        ORDER BY i.item_no
        LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'INVALID_PAYLOAD: item_index %, field %: not %', coalesce(v_bad.item_index, '#' || v_bad.item_no),
                v_bad.field, v_bad.wanted
                USING ERRCODE = 'SR004', HINT = 'Nothing was written. The worker and the database may be of different versions.';
        END IF;
    END IF;

    DELETE FROM kb.stage_item AS s WHERE s.run_id = p_run_id;
    INSERT INTO kb.stage_item (run_id, item_no, item_kind, item_index, chunk_index, item_sha256, merge_key, payload, keys,
        char_start, char_end, quote, grounding, is_weak, confidence, source_page_id, assertion_id, quarantine_reason)
    WITH item AS (
        SELECT i.item_no, i.item_kind, i.item_index, i.chunk_index, i.item_sha256, i.merge_key, i.payload, i.keys,
            CASE i.grounding WHEN 'none' THEN -1 ELSE i.char_start::integer END AS char_start,
            CASE i.grounding WHEN 'none' THEN -1 ELSE i.char_end::integer END AS char_end, i.quote, i.grounding, i.is_weak,
            round(i.confidence, 4) AS confidence, coalesce(i.source_page_id, v_page_id) AS source_page_id,
            nextval('kb.assertion_assertion_id_seq') AS assertion_id
        FROM ROWS FROM (
            jsonb_to_recordset(p_payload -> 'items') AS (
                item_kind text, item_index integer, chunk_index integer, item_sha256 text, merge_key text, payload jsonb,
                keys jsonb, char_start text, char_end text, quote text, grounding text, is_weak boolean, confidence numeric,
                source_page_id bigint)
        ) WITH ORDINALITY AS i (item_kind, item_index, chunk_index, item_sha256, merge_key, payload, keys, char_start,
            char_end, quote, grounding, is_weak, confidence, source_page_id, item_no)
    ), page AS MATERIALIZED (
        SELECT s.source_page_id, s.superseded_at, kb.fn_utf16_length(s.content) AS content_length
        FROM ingest.source_page AS s
        WHERE s.source_page_id IN (SELECT i.source_page_id FROM item AS i)
    ), once AS (
        SELECT DISTINCT ON (i.source_page_id, i.item_kind, i.char_start, i.char_end, i.merge_key COLLATE "C") i.*
        FROM item AS i
        ORDER BY i.source_page_id, i.item_kind, i.char_start, i.char_end, i.merge_key COLLATE "C", i.confidence DESC,
            i.item_sha256 COLLATE "C", i.item_no
    )
    -- The same item under two merge keys is one row of kb.assertion, so both decide.
    SELECT DISTINCT ON (u.source_page_id, u.item_kind, u.char_start, u.char_end, u.item_sha256)
        p_run_id, u.item_no, u.item_kind, u.item_index, u.chunk_index, u.item_sha256, u.merge_key, u.payload, u.keys,
        u.char_start, u.char_end, u.quote, u.grounding, u.is_weak, u.confidence, u.source_page_id,
        u.assertion_id,
        CASE
            WHEN g.superseded_at IS NOT NULL THEN 'PAGE_SUPERSEDED'
            WHEN u.grounding = 'none' THEN 'NOT_GROUNDED'
            WHEN u.char_end > g.content_length THEN 'OUTSIDE_PAGE'
            ELSE kb.fn_item_reason(u.keys)
        END
    FROM once AS u
    -- A page that was erased meanwhile leaves nothing.
    JOIN page AS g ON g.source_page_id = u.source_page_id
    ORDER BY u.source_page_id, u.item_kind, u.char_start, u.char_end, u.item_sha256, u.confidence DESC, u.merge_key COLLATE "C";
END
$$;
