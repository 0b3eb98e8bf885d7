-- Purpose:     the entity whose own an entity's mentions are since their types have another family; itself where they have not.
-- Parameters:  p_entity_id.
-- Returns:     entity_id; it may be merged into another one.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION kb.fn_moved_entity(p_entity_id bigint)
RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE step (entity_id, moved_to_entity_id) AS (
        SELECT e.entity_id, e.moved_to_entity_id FROM kb.dim_entity AS e WHERE e.entity_id = p_entity_id
        UNION
        SELECT e.entity_id, e.moved_to_entity_id FROM step AS s JOIN kb.dim_entity AS e ON e.entity_id = s.moved_to_entity_id
    )
    SELECT s.entity_id FROM step AS s WHERE s.moved_to_entity_id IS NULL;
$$;
