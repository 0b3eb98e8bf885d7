-- Purpose:     record a decision about a row and let it take effect: approve, reject, or override values.
-- Parameters:  p_kind 'entity' (or 'event', 'work', 'location', 'period', 'concept', 'tag': its entity), 'relation', 'fact' or
--              'page_classification'; p_id of the row; p_decision 'approve', 'reject' or 'override'; p_decided_by; p_reason;
--              p_changes json of what override sets: entity_name, entity_type, description, attributes; relation_type;
--              attribute, value; primary_type, type_set, descriptor_sentence, tags; p_decided_as 'person' or 'audit' (which
--              a person's decision outranks); p_now UTC, default the server's clock.
-- Returns:     adjudication_id, promotion_state, needs_review.
-- Errors:      NOT_FOUND, UNKNOWN_ENTITY, INVALID_PAYLOAD.
-- Idempotency: each call is a decision of its own. A rejection holds for future mentions of the same thing; no model
--              overwrites a decision. Routing waits.
CREATE OR REPLACE FUNCTION kb.usp_adjudicate(
    p_kind text, p_id bigint, p_decision text, p_decided_by text, p_reason text DEFAULT NULL, p_changes jsonb DEFAULT NULL,
    p_decided_as text DEFAULT 'person', p_now timestamptz DEFAULT NULL)
RETURNS TABLE (adjudication_id bigint, promotion_state text, needs_review boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now     timestamptz := coalesce(p_now, clock_timestamp());
    v_kind    text := CASE WHEN p_kind IN ('event', 'work', 'location', 'period', 'concept', 'tag') THEN 'entity' ELSE p_kind END;
    v_before  jsonb;
    v_after   jsonb;
    v_changes jsonb := coalesce(p_changes, '{}');
    v_earlier jsonb;
    v_bad     text;
BEGIN
    PERFORM pg_advisory_xact_lock(7365526003);
    IF v_kind NOT IN ('entity', 'relation', 'fact', 'page_classification') IS NOT FALSE
        OR p_decision NOT IN ('approve', 'reject', 'override') IS NOT FALSE THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: % % is no decision about a row', coalesce(p_decision, 'null'), coalesce(p_kind, 'null')
            USING ERRCODE = 'SR004', HINT = 'Decisions are approve, reject and override; kinds are entity, relation, fact and page_classification.';
    END IF;
    IF coalesce(btrim(p_decided_by), '') = '' THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: a decision needs the name of who decided' USING ERRCODE = 'SR004';
    END IF;
    v_before := kb.fn_decided_row(v_kind, p_id);
    IF v_before IS NULL THEN
        IF v_kind = 'entity' THEN
            RAISE EXCEPTION 'UNKNOWN_ENTITY: no entity has the id %', p_id USING ERRCODE = 'SR009';
        END IF;
        RAISE EXCEPTION 'NOT_FOUND: no % has the id %', v_kind, p_id USING ERRCODE = 'SR012';
    END IF;

    IF jsonb_typeof(v_changes) <> 'object' OR (p_decision = 'override') <> (v_changes <> '{}') THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: override, and nothing else, comes with the values that it sets' USING ERRCODE = 'SR004';
    END IF;
    SELECT c.key INTO v_bad
    FROM jsonb_each(v_changes) AS c (key, value)
    LEFT JOIN (VALUES ('entity', 'entity_name', 'string'), ('entity', 'entity_type', 'string'), ('entity', 'description', 'string'),
        ('entity', 'attributes', 'array'), ('relation', 'relation_type', 'string'), ('fact', 'attribute', 'string'),
        ('fact', 'value', 'string'), ('page_classification', 'primary_type', 'string'), ('page_classification', 'type_set', 'array'),
        ('page_classification', 'descriptor_sentence', 'string'), ('page_classification', 'tags', 'array')) AS k (kind, key, type)
        ON k.kind = v_kind AND k.key = c.key
    WHERE k.key IS NULL OR jsonb_typeof(c.value) <> k.type OR c.value = '""'
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: % cannot be overridden in a %, or not with that', v_bad, v_kind USING ERRCODE = 'SR004';
    END IF;
    SELECT a.changes INTO v_earlier FROM kb.adjudication AS a
    WHERE a.kind = v_kind AND a.target_id = p_id AND a.undone_at IS NULL
    ORDER BY a.adjudication_id DESC LIMIT 1;
    v_changes := coalesce(v_earlier, '{}') || v_changes;

    INSERT INTO kb.adjudication (kind, target_id, decision, decided_by, decided_as, reason, changes, before, after, decided_at)
    VALUES (v_kind, p_id, p_decision, p_decided_by, p_decided_as, p_reason, v_changes, v_before, v_before, v_now)
    RETURNING kb.adjudication.adjudication_id INTO adjudication_id;
    PERFORM kb.usp_rebuild_row(v_kind, p_id, v_now);
    v_after := kb.fn_decided_row(v_kind, p_id);
    UPDATE kb.adjudication AS a SET after = v_after WHERE a.adjudication_id = usp_adjudicate.adjudication_id;
    promotion_state := v_after ->> 'promotion_state';
    needs_review := (v_after ->> 'needs_review')::boolean;
    RETURN NEXT;
END
$$;
