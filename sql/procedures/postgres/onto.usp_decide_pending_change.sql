-- Purpose:     apply or refuse what a run inferred under an edit (onto.vw_pending_change).
-- Parameters:  p_override_id; p_decision, p_by, p_now as in onto.usp_decide_pending_changes.
-- Returns:     target_kind, target_key, field, value (what counts now).
-- Errors:      NOT_FOUND for an unknown edit, INVALID_STATE if nothing is pending, INVALID_PAYLOAD.
-- Idempotency: no: a change that was decided is no longer pending.
CREATE OR REPLACE FUNCTION onto.usp_decide_pending_change(p_override_id bigint, p_decision text, p_by text DEFAULT NULL, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (target_kind text, target_key text, field text, value jsonb)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT d.target_kind, d.target_key, d.field, d.value
    FROM onto.usp_decide_pending_changes(jsonb_build_array(p_override_id), p_decision, p_by, p_now) AS d;
$$;
