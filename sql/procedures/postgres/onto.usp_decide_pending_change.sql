-- Purpose:     apply or refuse what a run inferred under an edit (onto.vw_pending_change).
-- Parameters:  p_override_id; p_decision apply (the edit goes, and with a
--              person's that of an agent: what is inferred counts) or refuse (the edit stays, and this
--              inference is not offered again); p_by who decides, default the login; p_now UTC.
-- Returns:     target_kind, target_key, field, value (what counts now).
-- Errors:      NOT_FOUND for an unknown edit, INVALID_STATE if nothing is pending, INVALID_PAYLOAD.
-- Idempotency: no: a change that was decided is no longer pending.
CREATE OR REPLACE FUNCTION onto.usp_decide_pending_change(p_override_id bigint, p_decision text, p_by text DEFAULT NULL, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (target_kind text, target_key text, field text, value jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_by      text := coalesce(nullif(btrim(p_by), ''), session_user);
    v_now     timestamptz := coalesce(p_now, clock_timestamp());
    v_edit    onto.override;
    v_pending record;
BEGIN
    IF p_decision IN ('apply', 'refuse') IS NOT TRUE THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: the decision is apply or refuse' USING ERRCODE = 'SR004';
    END IF;
    -- The ontology first, as everywhere.
    PERFORM 1 FROM onto.ontology AS o
    WHERE o.ontology_id = (SELECT v.ontology_id FROM onto.override AS v WHERE v.override_id = p_override_id)
    FOR UPDATE;
    SELECT * INTO v_edit FROM onto.override AS v WHERE v.override_id = p_override_id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'NOT_FOUND: no edit has id %', p_override_id USING ERRCODE = 'SR012';
    END IF;
    SELECT p.inferred INTO v_pending FROM onto.vw_pending_change AS p WHERE p.override_id = p_override_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'INVALID_STATE: nothing is pending for edit %', p_override_id USING ERRCODE = 'SR010',
            HINT = 'SELECT * FROM onto.vw_pending_change lists what is.';
    END IF;
    IF p_decision = 'refuse' THEN
        UPDATE onto.override AS v SET based_on = v_pending.inferred, updated_by = v_by, updated_at = v_now
        WHERE v.override_id = p_override_id;
    ELSE
        PERFORM 1 FROM onto.usp_write_overrides(v_edit.ontology_id, (
                SELECT jsonb_agg(jsonb_build_object('target_kind', v.target_kind, 'target_key', v.target_key, 'field', v.field,
                    'source', v.source, 'is_removed', true))
                FROM onto.override AS v
                WHERE v.ontology_id = v_edit.ontology_id AND v.target_kind = v_edit.target_kind AND v.target_key = v_edit.target_key
                  AND v.field = v_edit.field AND (v.source = v_edit.source OR v.source = 'agent')),
            v_edit.source, v_by, v_now);
    END IF;
    RETURN QUERY SELECT v_edit.target_kind, v_edit.target_key, v_edit.field,
        onto.fn_effective_value(v_edit.ontology_id, v_edit.target_kind, v_edit.target_key, v_edit.field);
END
$$;
