-- Purpose:     take the merge of an entity back.
-- Parameters:  p_entity_id the one that was merged; p_decided_by; p_now UTC, default the server's clock.
-- Returns:     identity_decision_id, entity_id, other_entity_id (what it had been merged into).
-- Errors:      UNKNOWN_ENTITY; INVALID_STATE if it is not merged.
-- Idempotency: see kb.usp_undo_identity_decision.
CREATE OR REPLACE FUNCTION kb.usp_unmerge_entity(p_entity_id bigint, p_decided_by text, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (identity_decision_id bigint, entity_id bigint, other_entity_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_decision kb.identity_decision;
BEGIN
    PERFORM pg_advisory_xact_lock(7365526003);
    PERFORM kb.usp_check_entities(jsonb_build_array(p_entity_id), p_decided_by);
    -- What moved to it was it when it was merged.
    SELECT d.* INTO v_decision
    FROM kb.identity_decision AS d
    JOIN kb.dim_entity AS e ON e.entity_id = d.entity_id AND p_entity_id IN (e.entity_id, e.moved_to_entity_id)
    WHERE d.kind = 'merge' AND d.undone_at IS NULL
    ORDER BY d.entity_id = p_entity_id DESC, d.identity_decision_id DESC
    LIMIT 1;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'INVALID_STATE: entity % is not merged into another', p_entity_id USING ERRCODE = 'SR010',
            HINT = 'SELECT * FROM kb.identity_decision WHERE kind = ''merge'' AND undone_at IS NULL lists the merges.';
    END IF;
    PERFORM kb.usp_undo_identity_decision(v_decision.identity_decision_id, p_decided_by, p_now);
    RETURN QUERY SELECT v_decision.identity_decision_id, v_decision.entity_id, v_decision.other_entity_id;
END
$$;
