-- Purpose:     write items that people load with SQL as assertions of kind loaded, and what follows from them; internal.
-- Parameters:  p_items json array of {item_kind, payload, keys, confidence}; p_source_page_id the page that they rest on, null
--              for the page of the loader; p_loaded_by; p_now UTC.
-- Returns:     ordinal (1..n), assertion_id, created; quarantine_reason of an item that is kept and goes no further.
-- Errors:      INVALID_PAYLOAD naming item_index and field; NOT_FOUND for the page.
-- Idempotency: the same item of the same loader or page again is found, not made again.
CREATE OR REPLACE FUNCTION kb.usp_load_items(p_items jsonb, p_source_page_id bigint, p_loaded_by text, p_now timestamptz)
RETURNS TABLE (ordinal integer, assertion_id bigint, created boolean, quarantine_reason text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_run_id  uuid := gen_random_uuid();
    v_page_id bigint := p_source_page_id;
    v_items   jsonb;
    v_bad     record;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(7365526003);
    IF v_page_id IS NULL THEN
        v_page_id := kb.usp_put_loaded_page(p_loaded_by, p_now);
    END IF;
    PERFORM 1 FROM ingest.source_page AS s WHERE s.source_page_id = v_page_id FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'NOT_FOUND: no page has id %', v_page_id USING ERRCODE = 'SR012';
    END IF;

    v_items := (
        SELECT jsonb_agg(i.value || jsonb_build_object('item_index', i.place - 1, 'chunk_index', 0, 'item_sha256',
            encode(sha256(convert_to((i.value -> 'payload')::text || (i.value -> 'keys')::text, 'UTF8')), 'hex'), 'merge_key', '',
            'char_start', 0, 'char_end', 0, 'quote', '', 'grounding', 'exact', 'is_weak', false,
            'confidence', coalesce((i.value ->> 'confidence')::numeric, 1)) ORDER BY i.place)
        FROM jsonb_array_elements(p_items) WITH ORDINALITY AS i (value, place));
    IF NOT kb.fn_are_sound_items(v_items, v_page_id) THEN
        SELECT i.value ->> 'item_index' AS item_index, f.field, f.wanted INTO v_bad
        FROM jsonb_array_elements(v_items) WITH ORDINALITY AS i (value, place)
        CROSS JOIN LATERAL kb.fn_item_faults(i.value) AS f
        ORDER BY i.place
        LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'INVALID_PAYLOAD: item_index %, field %: not %', v_bad.item_index, v_bad.field, v_bad.wanted
                USING ERRCODE = 'SR004', HINT = 'Nothing was written.';
        END IF;
    END IF;
    INSERT INTO kb.stage_item (run_id, item_no, item_kind, item_index, chunk_index, item_sha256, merge_key, payload, keys,
        char_start, char_end, quote, grounding, is_weak, confidence, source_page_id, assertion_id, quarantine_reason)
    SELECT v_run_id, i.item_index + 1, i.item_kind, i.item_index, 0, i.item_sha256, '', i.payload, i.keys, 0, 0, '', 'loaded', false,
        i.confidence, v_page_id, nextval('kb.assertion_assertion_id_seq'), kb.fn_item_reason(i.keys)
    FROM jsonb_to_recordset(v_items) AS i (item_kind text, item_index integer, item_sha256 text, payload jsonb, keys jsonb, confidence numeric);

    PERFORM kb.usp_refresh_statistics(jsonb_array_length(p_items));
    PERFORM kb.usp_stage_mentions(v_run_id);
    PERFORM kb.usp_lock_names(v_run_id, '{}');
    WITH placed AS (
        INSERT INTO kb.assertion (assertion_id, source_page_id, job_type, item_kind, item_index, chunk_index, item_sha256, payload, keys,
            char_start, char_end, quote, grounding, is_weak, confidence, quarantine_reason, contract_name, contract_version,
            model, created_at)
        OVERRIDING SYSTEM VALUE
        SELECT s.assertion_id, v_page_id, 'loaded', s.item_kind, s.item_index, 0, s.item_sha256, s.payload, s.keys, 0, 0, '', 'loaded', false,
            s.confidence, s.quarantine_reason, 'loaded', '1.0.0', p_loaded_by, p_now
        FROM kb.stage_item AS s
        WHERE s.run_id = v_run_id
        ORDER BY s.item_sha256, s.item_no
        ON CONFLICT (source_page_id, job_type, item_kind, char_start, char_end, item_sha256, subject_key) WHERE retracted_at IS NULL
        DO NOTHING
        RETURNING kb.assertion.assertion_id, kb.assertion.item_kind
    )
    -- What is quarantined changes nothing, but is known as new by being here.
    INSERT INTO kb.stage_change (run_id, assertion_id, item_kind, change)
    SELECT v_run_id, p.assertion_id, p.item_kind, 1 FROM placed AS p;

    RETURN QUERY
    SELECT s.item_no, a.assertion_id, EXISTS (
        SELECT 1 FROM kb.stage_change AS c WHERE c.run_id = v_run_id AND c.assertion_id = a.assertion_id), a.quarantine_reason
    FROM kb.stage_item AS s
    JOIN kb.assertion AS a ON a.source_page_id = v_page_id AND a.job_type = 'loaded' AND a.item_kind = s.item_kind
        AND a.char_start = 0 AND a.char_end = 0 AND a.item_sha256 = s.item_sha256 AND a.subject_key = '' AND a.retracted_at IS NULL
    WHERE s.run_id = v_run_id
    ORDER BY s.item_no;
    DELETE FROM kb.stage_change AS c
    USING kb.assertion AS a
    WHERE c.run_id = v_run_id AND a.assertion_id = c.assertion_id AND a.quarantine_reason IS NOT NULL;
    -- What was loaded before mentions nothing anew.
    DELETE FROM kb.stage_mention AS m
    WHERE m.run_id = v_run_id AND NOT EXISTS (
        SELECT 1 FROM kb.stage_change AS c WHERE c.run_id = v_run_id AND c.assertion_id = m.assertion_id);
    PERFORM kb.usp_rebuild(v_run_id, p_now);
END
$$;
