-- Purpose:     record what was decided about two entities, and do what follows from it.
-- Parameters:  p_kind 'merge', 'relate', 'distinct' or 'suppress'; p_entity_id the duplicate, the from end, or what is
--              suppressed; p_other_entity_id the master, the to end, or what stays; p_relation_type for relate; p_confidence
--              0..1; p_decided_by; p_decided_as 'person', 'audit' or 'rule'; p_reason; p_run_id of the model's answer; p_now.
-- Returns:     identity_decision_id, null if the same had been decided before.
-- Errors:      UNKNOWN_ENTITY, INVALID_PAYLOAD, INVALID_STATE.
-- Idempotency: the same decision again changes nothing. Routing waits.
CREATE OR REPLACE FUNCTION kb.usp_decide_identity(
    p_kind text, p_entity_id bigint, p_other_entity_id bigint, p_decided_by text, p_relation_type text DEFAULT NULL,
    p_confidence numeric DEFAULT NULL, p_decided_as text DEFAULT 'person', p_reason text DEFAULT NULL, p_run_id uuid DEFAULT NULL,
    p_now timestamptz DEFAULT NULL)
RETURNS TABLE (identity_decision_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now          timestamptz := coalesce(p_now, clock_timestamp());
    v_adjudication bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(7365526003);
    PERFORM kb.usp_check_entities(jsonb_build_array(p_entity_id, p_other_entity_id), p_decided_by);
    IF p_kind NOT IN ('merge', 'relate', 'distinct', 'suppress') IS NOT FALSE OR p_entity_id = p_other_entity_id THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: a decision is merge, relate, distinct or suppress, about two entities' USING ERRCODE = 'SR004';
    END IF;
    IF p_kind = 'merge' THEN
        RETURN QUERY SELECT m.identity_decision_id
        FROM kb.usp_merge_entities(p_other_entity_id, jsonb_build_array(p_entity_id), p_decided_by, p_reason, p_decided_as,
            p_confidence, p_run_id, v_now) AS m;
        RETURN;
    END IF;
    IF p_kind = 'relate' AND coalesce(btrim(p_relation_type), '') = '' THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: relate needs a relation type' USING ERRCODE = 'SR004';
    END IF;
    IF EXISTS (SELECT 1 FROM kb.identity_decision AS d
               WHERE d.kind = p_kind AND d.entity_id = p_entity_id AND d.other_entity_id = p_other_entity_id AND d.undone_at IS NULL
                 AND d.relation_type IS NOT DISTINCT FROM p_relation_type) THEN
        RETURN QUERY SELECT NULL::bigint;
        RETURN;
    END IF;
    IF p_kind = 'suppress' THEN
        SELECT a.adjudication_id INTO v_adjudication
        FROM kb.usp_adjudicate('entity', p_entity_id, 'reject', p_decided_by, p_reason, NULL,
            CASE p_decided_as WHEN 'person' THEN 'person' ELSE 'audit' END, v_now) AS a;
    END IF;
    INSERT INTO kb.identity_decision (kind, entity_id, other_entity_id, relation_type, confidence, decided_by, decided_as, reason,
        run_id, adjudication_id, decided_at)
    VALUES (p_kind, p_entity_id, p_other_entity_id, p_relation_type, p_confidence, p_decided_by, p_decided_as, p_reason, p_run_id,
        v_adjudication, v_now)
    RETURNING kb.identity_decision.identity_decision_id INTO identity_decision_id;
    IF p_kind = 'relate' THEN
        PERFORM kb.usp_assert_relation(identity_decision_id, v_now);
    END IF;
    PERFORM kb.usp_close_candidates(v_now);
    RETURN NEXT;
END
$$;
