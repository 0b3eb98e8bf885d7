-- Purpose:     what was decided about an entity, or about those that moved to it (kb.usp_follow_families); internal.
-- Parameters:  p_entity_id.
-- Returns:     decision and changes as kb.fn_standing_decision; no row if there is none, or the id is
--              null.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION kb.fn_entity_decision(p_entity_id bigint)
RETURNS TABLE (decision text, changes jsonb)
LANGUAGE plpgsql STABLE STRICT ROWS 1 AS $$
BEGIN
    RETURN QUERY
    SELECT d.decision, d.changes
    FROM kb.fn_standing_decision('entity', p_entity_id || ARRAY (
        SELECT e.entity_id FROM kb.dim_entity AS e WHERE e.moved_to_entity_id = p_entity_id)) AS d;
END
$$;
