-- Purpose:     decide about an item that waits for a person, unless somebody else did, or it changed, since it was looked at.
-- Parameters:  p_kind 'entity', 'relation', 'fact', 'page_classification', 'assertion' or 'pair'; p_id; p_seen_at its changed_at
--              (kb.fn_review_standing) when it was looked at; p_decision, p_decided_by, p_reason and p_changes as
--              kb.usp_adjudicate takes them; of a pair p_decision is 'merge', 'relate', 'distinct' or 'suppress' and p_changes
--              {entity_id, other_entity_id, relation_type} as kb.usp_decide_identity takes them; p_now UTC.
-- Returns:     outcome 'decided', 'changed' (it waits, and is not what was looked at) or 'over' (it waits no longer);
--              decision_id, of kb.adjudication or of a pair of kb.identity_decision, null unless decided.
-- Errors:      NOT_FOUND, UNKNOWN_ENTITY, INVALID_PAYLOAD, INVALID_STATE.
-- Idempotency: the second call finds that it is over. Routing waits.
CREATE OR REPLACE FUNCTION kb.usp_decide_review(
    p_kind text, p_id bigint, p_seen_at timestamptz, p_decision text, p_decided_by text, p_reason text DEFAULT NULL,
    p_changes jsonb DEFAULT NULL, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (outcome text, decision_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_standing record;
BEGIN
    -- Nobody decides or routes between the look and the decision.
    PERFORM pg_advisory_xact_lock(7365526003);
    SELECT s.is_waiting, s.changed_at INTO v_standing FROM kb.fn_review_standing(p_kind, p_id) AS s;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'NOT_FOUND: no % has the id %', p_kind, p_id USING ERRCODE = 'SR012';
    END IF;
    outcome := CASE WHEN NOT v_standing.is_waiting THEN 'over' WHEN v_standing.changed_at IS DISTINCT FROM p_seen_at THEN 'changed'
        ELSE 'decided' END;
    IF outcome = 'decided' AND p_kind = 'pair' THEN
        SELECT d.identity_decision_id INTO decision_id
        FROM kb.usp_decide_identity(p_decision, (p_changes ->> 'entity_id')::bigint, (p_changes ->> 'other_entity_id')::bigint,
            p_decided_by, p_changes ->> 'relation_type', NULL, 'person', p_reason, NULL, p_now) AS d;
    ELSIF outcome = 'decided' THEN
        SELECT d.adjudication_id INTO decision_id
        FROM kb.usp_adjudicate(p_kind, p_id, p_decision, p_decided_by, p_reason, p_changes, 'person', p_now) AS d;
    END IF;
    RETURN NEXT;
END
$$;
