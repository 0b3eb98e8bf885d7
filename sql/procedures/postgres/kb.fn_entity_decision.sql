-- Purpose:     what was decided about an entity, or about those of its name whose mentions are its own since their types have its
--              family; internal.
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
    WITH RECURSIVE own (entity_id) AS (
        SELECT p_entity_id
        UNION
        SELECT e.entity_id FROM own AS o JOIN kb.dim_entity AS e ON e.moved_to_entity_id = o.entity_id
    )
    SELECT d.decision, d.changes FROM kb.fn_standing_decision('entity', ARRAY (SELECT o.entity_id FROM own AS o)) AS d;
END
$$;
