-- Purpose:     take back what was decided about two entities: a merge, a split, or what the audit remembered.
-- Parameters:  p_identity_decision_id; p_undone_by; p_now UTC, default the server's clock.
-- Returns:     kind, entity_id, other_entity_id, changed (false: it was undone before).
-- Errors:      NOT_FOUND, INVALID_PAYLOAD.
-- Idempotency: undoing twice changes nothing. Decisions may be undone in any order, also after new pages were routed; what
--              is derived is then what the evidence and the decisions that remain say.
CREATE OR REPLACE FUNCTION kb.usp_undo_identity_decision(p_identity_decision_id bigint, p_undone_by text, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (kind text, entity_id bigint, other_entity_id bigint, changed boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now      timestamptz := coalesce(p_now, clock_timestamp());
    v_decision kb.identity_decision;
BEGIN
    IF coalesce(btrim(p_undone_by), '') = '' THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: a decision needs the name of who decided' USING ERRCODE = 'SR004';
    END IF;
    PERFORM pg_advisory_xact_lock(7365526003);
    SELECT * INTO v_decision FROM kb.identity_decision AS d WHERE d.identity_decision_id = p_identity_decision_id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'NOT_FOUND: no identity decision has the id %', p_identity_decision_id USING ERRCODE = 'SR012',
            HINT = 'SELECT * FROM kb.identity_decision lists them.';
    END IF;
    kind := v_decision.kind;
    entity_id := v_decision.entity_id;
    other_entity_id := v_decision.other_entity_id;
    changed := v_decision.undone_at IS NULL;
    IF changed THEN
        UPDATE kb.identity_decision AS d SET undone_at = v_now, undone_by = p_undone_by
        WHERE d.identity_decision_id = p_identity_decision_id;
        IF v_decision.kind = 'merge' THEN
            UPDATE kb.dim_entity AS e SET updated_at = v_now WHERE e.entity_id = v_decision.entity_id;
            PERFORM kb.usp_place_merges(ARRAY[v_decision.entity_id, v_decision.other_entity_id]);
            PERFORM kb.usp_rebuild_groups(ARRAY[v_decision.entity_id, v_decision.other_entity_id], v_now);
            PERFORM kb.usp_retract_strayed(ARRAY[v_decision.entity_id, v_decision.other_entity_id], v_now);
        ELSIF v_decision.kind = 'split' THEN
            PERFORM kb.usp_rebuild_groups(ARRAY[v_decision.entity_id, v_decision.other_entity_id], v_now);
        ELSIF v_decision.adjudication_id IS NOT NULL THEN
            PERFORM kb.usp_undo_adjudication(v_decision.adjudication_id, p_undone_by, v_now);
        END IF;
        IF v_decision.assertion_id IS NOT NULL THEN
            PERFORM kb.usp_retract_assertions(ARRAY[v_decision.assertion_id], v_now);
        END IF;
        PERFORM kb.usp_close_candidates(v_now);
        IF v_decision.kind IN ('merge', 'split') THEN
            PERFORM kb.usp_enqueue_subjects(ARRAY[v_decision.entity_id, v_decision.other_entity_id],
                v_decision.kind || ':' || p_identity_decision_id || ':undone', v_now);
        END IF;
    END IF;
    RETURN NEXT;
END
$$;
