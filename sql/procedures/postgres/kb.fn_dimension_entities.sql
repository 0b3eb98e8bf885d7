-- Purpose:     which of the entities in kb.stage_dimension have a dimension now; internal.
-- Parameters:  p_run_id; p_dimension 'event', 'work', 'location', 'period', 'concept' or 'tag'.
-- Returns:     entity_id, is_live: whether its dimension row shall be there; entities that never had one are left out.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION kb.fn_dimension_entities(p_run_id uuid, p_dimension text)
RETURNS TABLE (entity_id bigint, is_live boolean)
LANGUAGE sql STABLE AS $$
    SELECT e.entity_id, e.retracted_at IS NULL AND (f.family IS NOT NULL OR EXISTS (
        SELECT 1 FROM kb.assertion_link AS l WHERE l.target_table = 'dim_' || p_dimension AND l.target_id = e.entity_id))
    FROM kb.stage_dimension AS s
    JOIN kb.dim_entity AS e ON e.entity_id = s.entity_id
    LEFT JOIN kb.type_family AS f ON f.family = e.type_family AND f.dimension = p_dimension
    WHERE s.run_id = p_run_id;
$$;
