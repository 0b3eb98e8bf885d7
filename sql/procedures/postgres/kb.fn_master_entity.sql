-- Purpose:     the entity that an entity was merged into, through all merges; itself if it was not.
-- Parameters:  p_entity_id.
-- Returns:     entity_id of the master.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION kb.fn_master_entity(p_entity_id bigint)
RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE step (entity_id, merged_into_entity_id) AS (
        SELECT e.entity_id, e.merged_into_entity_id FROM kb.dim_entity AS e WHERE e.entity_id = p_entity_id
        UNION
        SELECT e.entity_id, e.merged_into_entity_id
        FROM step AS s
        JOIN kb.dim_entity AS e ON e.entity_id = s.merged_into_entity_id
    )
    SELECT s.entity_id FROM step AS s WHERE s.merged_into_entity_id IS NULL;
$$;
