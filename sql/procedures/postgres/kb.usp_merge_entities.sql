-- Purpose:     say that entities are one. Nothing is overwritten: what is derived follows the merge, and kb.usp_unmerge_entity
--              restores exactly what the evidence of each says, also after new pages were routed.
-- Parameters:  p_master_entity_id; p_entity_ids json array of ids; p_decided_by; p_reason; p_decided_as 'person', 'audit' or
--              'rule'; p_confidence 0..1; p_run_id of the model's answer; p_now UTC, default the server's clock.
-- Returns:     one row an id, in order: entity_id, merged_entity_id (what was merged: the master of its own group),
--              identity_decision_id (null: they were one already).
-- Errors:      UNKNOWN_ENTITY, INVALID_PAYLOAD; INVALID_STATE if a person decided that the pair is distinct and it is not a
--              person that merges.
-- Idempotency: merging what is one changes nothing. Routing waits.
CREATE OR REPLACE FUNCTION kb.usp_merge_entities(
    p_master_entity_id bigint, p_entity_ids jsonb, p_decided_by text, p_reason text DEFAULT NULL, p_decided_as text DEFAULT 'person',
    p_confidence numeric DEFAULT NULL, p_run_id uuid DEFAULT NULL, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (entity_id bigint, merged_entity_id bigint, identity_decision_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now     timestamptz := coalesce(p_now, clock_timestamp());
    v_id      bigint;
    v_touched bigint[] := '{}';
BEGIN
    PERFORM pg_advisory_xact_lock(7365526003);
    PERFORM kb.usp_check_entities(jsonb_build_array(p_master_entity_id) || coalesce(p_entity_ids, '[]'), p_decided_by);

    FOR v_id IN SELECT i.value::bigint FROM jsonb_array_elements_text(p_entity_ids) WITH ORDINALITY AS i (value, place) ORDER BY i.place LOOP
        entity_id := v_id;
        merged_entity_id := kb.fn_master_entity(v_id);
        identity_decision_id := NULL;
        IF merged_entity_id <> kb.fn_master_entity(p_master_entity_id) THEN
            IF p_decided_as <> 'person' AND EXISTS (
                SELECT 1 FROM kb.identity_decision AS d
                WHERE d.kind = 'distinct' AND d.decided_as = 'person' AND d.undone_at IS NULL
                  AND kb.fn_master_entity(d.entity_id) IN (merged_entity_id, kb.fn_master_entity(p_master_entity_id))
                  AND kb.fn_master_entity(d.other_entity_id) IN (merged_entity_id, kb.fn_master_entity(p_master_entity_id))) THEN
                RAISE EXCEPTION 'INVALID_STATE: a person decided that entities % and % are distinct', v_id, p_master_entity_id
                    USING ERRCODE = 'SR010', HINT = 'A person''s decision is not overwritten; undo it first.';
            END IF;
            v_touched := v_touched || merged_entity_id || p_master_entity_id;
            INSERT INTO kb.identity_decision (kind, entity_id, other_entity_id, confidence, decided_by, decided_as, reason, run_id, decided_at)
            VALUES ('merge', merged_entity_id, p_master_entity_id, p_confidence, p_decided_by, p_decided_as, p_reason, p_run_id, v_now)
            RETURNING kb.identity_decision.identity_decision_id INTO identity_decision_id;
            UPDATE kb.dim_entity AS e SET merged_into_entity_id = p_master_entity_id, updated_at = v_now
            WHERE e.entity_id = merged_entity_id;
        END IF;
        RETURN NEXT;
    END LOOP;

    IF cardinality(v_touched) > 0 THEN
        PERFORM kb.usp_rebuild_groups(v_touched, v_now);
        PERFORM kb.usp_close_candidates(v_now);
        PERFORM kb.usp_enqueue_subjects(v_touched, 'merge:' || (
            SELECT max(d.identity_decision_id) FROM kb.identity_decision AS d WHERE d.entity_id = ANY (v_touched) AND d.kind = 'merge'), v_now,
            -- What follows from a model's answer belongs to the job that asked.
            (SELECT j.correlation_id FROM llm.job AS j WHERE j.run_id = p_run_id AND j.status = 'RUNNING'));
    END IF;
END
$$;
