-- Purpose:     record a decision about a row and let it take effect: approve, reject, or override values.
-- Parameters:  p_kind 'entity' (or 'event', 'work', 'location', 'period', 'concept', 'tag': its entity), 'relation', 'fact',
--              'page_classification' or 'assertion' (an answer without evidence: approve makes it count, reject keeps it out);
--              p_id of the row; p_decision 'approve', 'reject' or 'override'; p_decided_by; p_reason; p_changes json of what
--              override sets (kb.fn_override_changes); p_decided_as 'person' or 'audit' (which a person's decision outranks);
--              p_now UTC, default the server's clock.
-- Returns:     adjudication_id, promotion_state, needs_review.
-- Errors:      NOT_FOUND, UNKNOWN_ENTITY, INVALID_PAYLOAD; INVALID_STATE for an assertion that has evidence, is retracted, or
--              would be quarantined all the same.
-- Idempotency: each call is a decision of its own. A rejection holds for future mentions of the same thing, what was decided
--              about a page's classification for its later versions; no model overwrites a decision. Routing waits.
CREATE OR REPLACE FUNCTION kb.usp_adjudicate(
    p_kind text, p_id bigint, p_decision text, p_decided_by text, p_reason text DEFAULT NULL, p_changes jsonb DEFAULT NULL,
    p_decided_as text DEFAULT 'person', p_now timestamptz DEFAULT NULL)
RETURNS TABLE (adjudication_id bigint, promotion_state text, needs_review boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now     timestamptz := coalesce(p_now, clock_timestamp());
    v_kind    text := CASE WHEN p_kind IN ('event', 'work', 'location', 'period', 'concept', 'tag') THEN 'entity' ELSE p_kind END;
    v_id      bigint := p_id;
    v_before  jsonb;
    v_after   jsonb;
    v_changes jsonb;
BEGIN
    PERFORM pg_advisory_xact_lock(7365526003);
    IF v_kind NOT IN ('entity', 'relation', 'fact', 'page_classification', 'assertion') IS NOT FALSE
        OR p_decision NOT IN ('approve', 'reject', 'override') IS NOT FALSE THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: % % is no decision about a row', coalesce(p_decision, 'null'), coalesce(p_kind, 'null')
            USING ERRCODE = 'SR004', HINT = 'Decisions are approve, reject and override; kinds are entity, relation, fact, page_classification and assertion.';
    END IF;
    IF coalesce(btrim(p_decided_by), '') = '' THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: a decision needs the name of who decided' USING ERRCODE = 'SR004';
    END IF;
    IF v_kind = 'page_classification' THEN
        -- Of the page's versions the one that counts now.
        SELECT c.page_classification_id INTO v_id
        FROM kb.fn_classification_versions(p_id) AS v
        JOIN kb.page_classification AS c ON c.page_classification_id = v.page_classification_id
        ORDER BY c.retracted_at IS NULL DESC, c.page_classification_id = p_id DESC
        LIMIT 1;
    END IF;
    v_before := kb.fn_decided_row(v_kind, v_id);
    IF v_before IS NULL THEN
        IF v_kind = 'entity' THEN
            RAISE EXCEPTION 'UNKNOWN_ENTITY: no entity has the id %', p_id USING ERRCODE = 'SR009';
        END IF;
        RAISE EXCEPTION 'NOT_FOUND: no % has the id %', v_kind, p_id USING ERRCODE = 'SR012';
    END IF;
    IF v_kind = 'assertion' AND (v_before ->> 'grounding' <> 'none' OR v_before ->> 'retracted_at' IS NOT NULL
        OR p_decision = 'approve' AND kb.fn_item_reason(v_before -> 'keys') IS NOT NULL) THEN
        RAISE EXCEPTION 'INVALID_STATE: assertion % %', p_id, CASE
                WHEN v_before ->> 'grounding' <> 'none' THEN 'has evidence'
                WHEN v_before ->> 'retracted_at' IS NOT NULL THEN 'was retracted'
                ELSE 'would not count with evidence either: ' || kb.fn_item_reason(v_before -> 'keys') END
            USING ERRCODE = 'SR010', HINT = 'Decide about what rests on it: an entity, a relation, a fact or a page_classification.';
    END IF;

    v_changes := kb.fn_override_changes(v_kind, p_decision, p_changes);
    IF v_kind = 'page_classification' AND p_decision = 'approve' THEN
        -- What is approved are these values, but for those that somebody set.
        SELECT coalesce(jsonb_object_agg(c.key, c.value), '{}') INTO v_changes
        FROM jsonb_each(v_before) AS c
        WHERE c.key IN ('primary_type', 'type_set', 'descriptor_sentence', 'tags') AND c.value <> 'null'
          AND NOT EXISTS (
              SELECT 1 FROM kb.fn_classification_versions(v_id) AS v
              JOIN kb.adjudication AS a ON a.kind = 'page_classification' AND a.target_id = v.page_classification_id
              WHERE a.decision = 'override' AND a.undone_at IS NULL AND a.changes ? c.key);
    END IF;

    INSERT INTO kb.adjudication (kind, target_id, decision, decided_by, decided_as, reason, changes, before, after, decided_at)
    VALUES (v_kind, v_id, p_decision, p_decided_by, p_decided_as, p_reason, v_changes, v_before, v_before, v_now)
    RETURNING kb.adjudication.adjudication_id INTO adjudication_id;
    PERFORM kb.usp_rebuild_row(v_kind, v_id, v_now);
    v_after := kb.fn_decided_row(v_kind, v_id);
    IF v_after ->> 'start_earliest' > v_after ->> 'end_latest' AND v_changes ?| ARRAY['start', 'end'] THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: the start, %, would be after the end, %', v_after ->> 'start_text', v_after ->> 'end_text'
            USING ERRCODE = 'SR004', HINT = 'Set both, or one of them to null: then it is open.';
    END IF;
    UPDATE kb.adjudication AS a SET after = v_after WHERE a.adjudication_id = usp_adjudicate.adjudication_id;
    promotion_state := v_after ->> 'promotion_state';
    needs_review := (v_after ->> 'needs_review')::boolean;
    RETURN NEXT;
END
$$;
