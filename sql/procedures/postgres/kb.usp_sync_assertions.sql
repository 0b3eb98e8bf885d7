-- Purpose:     bring the live assertions of (page, job type), or of (subject, job type), to what kb.stage_item says; internal.
-- Parameters:  p_job_id, p_run_id; p_source_page_id (its row is locked), null for a subject; p_subject_key, '' for a page;
--              p_job_type; p_payload (contract, version, prompt_sha256, model); p_now UTC.
-- Returns:     inserted, matched, retracted, quarantined, ungrounded; kb.stage_change lists what changed.
-- Errors:      none.
-- Idempotency: equal items (page, kind, offsets, sha256) stay untouched.
-- Assertions of older versions of the page are retracted here: the new version has been read. So are those of what was
-- merged into the subject: its evidence is the subject's.
CREATE OR REPLACE FUNCTION kb.usp_sync_assertions(
    p_job_id bigint, p_run_id uuid, p_source_page_id bigint, p_subject_key text, p_job_type text, p_payload jsonb, p_now timestamptz,
    OUT inserted integer, OUT matched integer, OUT retracted integer, OUT quarantined integer, OUT ungrounded integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_live bigint[];
    v_kept bigint[] := '{}';
    v_gone bigint[] := '{}';
BEGIN
    -- What somebody approved counts without evidence.
    IF EXISTS (SELECT 1 FROM kb.adjudication AS d WHERE d.kind = 'assertion' AND d.undone_at IS NULL) THEN
        UPDATE kb.stage_item AS s
        SET quarantine_reason = kb.fn_item_reason(s.keys)
        WHERE s.run_id = p_run_id AND s.quarantine_reason = 'NOT_GROUNDED' AND EXISTS (
            SELECT 1 FROM kb.fn_ungrounded_decision(s.source_page_id, p_job_type, s.item_kind, s.item_sha256, p_subject_key) AS d
            WHERE d.decision = 'approve');
    END IF;
    IF p_subject_key = '' THEN
        v_live := ARRAY (
            SELECT a.assertion_id
            FROM ingest.source_page AS s
            JOIN ingest.source_page AS o
                ON o.source_system = s.source_system AND o.external_id = s.external_id AND o.version <= s.version
            JOIN kb.assertion AS a ON a.source_page_id = o.source_page_id AND a.job_type = p_job_type AND a.retracted_at IS NULL
                AND a.subject_key = ''
            WHERE s.source_page_id = p_source_page_id);
    ELSE
        v_live := ARRAY (
            SELECT a.assertion_id
            FROM kb.fn_subject_keys(kb.fn_subject_entity(p_subject_key)) AS k
            JOIN kb.assertion AS a ON a.subject_key = k.subject_key AND a.subject_key <> ''
            WHERE a.job_type = p_job_type AND a.retracted_at IS NULL);
    END IF;
    IF cardinality(v_live) > 0 THEN
        v_kept := ARRAY (
            SELECT a.assertion_id
            FROM kb.stage_item AS s
            JOIN kb.assertion AS a
                ON a.source_page_id = s.source_page_id AND a.job_type = p_job_type AND a.item_kind = s.item_kind
                AND a.char_start = s.char_start AND a.char_end = s.char_end AND a.item_sha256 = s.item_sha256
                AND a.subject_key = p_subject_key AND a.retracted_at IS NULL
                AND a.keys = s.keys AND a.grounding = s.grounding AND a.is_weak = s.is_weak
                AND a.quarantine_reason IS NOT DISTINCT FROM s.quarantine_reason
            WHERE s.run_id = p_run_id);
        v_gone := ARRAY (SELECT l.assertion_id FROM unnest(v_live) AS l (assertion_id)
                         EXCEPT SELECT k.assertion_id FROM unnest(v_kept) AS k (assertion_id));
    END IF;

    IF cardinality(v_kept) > 0 THEN
        UPDATE kb.stage_item AS s
        SET assertion_id = NULL
        FROM kb.assertion AS a
        WHERE s.run_id = p_run_id AND a.source_page_id = s.source_page_id AND a.job_type = p_job_type AND a.item_kind = s.item_kind
          AND a.char_start = s.char_start AND a.char_end = s.char_end AND a.item_sha256 = s.item_sha256
          AND a.subject_key = p_subject_key AND a.retracted_at IS NULL AND a.assertion_id = ANY (v_kept);
    END IF;
    PERFORM kb.usp_stage_mentions(p_run_id);
    PERFORM kb.usp_lock_names(p_run_id, v_gone);

    INSERT INTO kb.stage_change (run_id, assertion_id, item_kind, change)
    SELECT p_run_id, a.assertion_id, a.item_kind, -1
    FROM kb.assertion AS a
    WHERE a.assertion_id = ANY (v_gone) AND a.quarantine_reason IS NULL;

    UPDATE kb.assertion AS a SET retracted_at = p_now WHERE a.assertion_id = ANY (v_gone);
    GET DIAGNOSTICS retracted = ROW_COUNT;

    WITH placed AS (
        INSERT INTO kb.assertion (assertion_id, source_page_id, job_type, item_kind, item_index, chunk_index, item_sha256, payload, keys,
            char_start, char_end, quote, grounding, is_weak, confidence, quarantine_reason, run_id, job_id, contract_name,
            contract_version, prompt_sha256, model, subject_key, created_at)
        OVERRIDING SYSTEM VALUE
        SELECT s.assertion_id, s.source_page_id, p_job_type, s.item_kind, s.item_index, s.chunk_index, s.item_sha256, s.payload, s.keys,
            s.char_start, s.char_end, s.quote, s.grounding, s.is_weak, s.confidence, s.quarantine_reason, p_run_id,
            p_job_id, p_payload ->> 'contract', p_payload ->> 'version', p_payload ->> 'prompt_sha256',
            p_payload ->> 'model', p_subject_key, p_now
        FROM kb.stage_item AS s
        WHERE s.run_id = p_run_id AND s.assertion_id IS NOT NULL
        ORDER BY s.item_no
        RETURNING assertion_id, item_kind, quarantine_reason
    ), staged AS (
        INSERT INTO kb.stage_change (run_id, assertion_id, item_kind, change)
        SELECT p_run_id, p.assertion_id, p.item_kind, 1 FROM placed AS p WHERE p.quarantine_reason IS NULL
    )
    SELECT count(*) INTO inserted FROM placed AS p;

    matched := cardinality(v_kept);
    SELECT count(*) FILTER (WHERE s.quarantine_reason IS NOT NULL), count(*) FILTER (WHERE s.grounding = 'none')
    INTO quarantined, ungrounded
    FROM kb.stage_item AS s
    WHERE s.run_id = p_run_id;
END
$$;
