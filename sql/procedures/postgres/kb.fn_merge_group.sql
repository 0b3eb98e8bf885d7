-- Purpose:     an entity and everything that was merged into it, through all merges.
-- Parameters:  p_entity_id of a master.
-- Returns:     entity_id, the master's own included.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION kb.fn_merge_group(p_entity_id bigint)
RETURNS TABLE (entity_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE member (entity_id) AS (
        SELECT p_entity_id
        UNION
        SELECT e.entity_id FROM member AS m JOIN kb.dim_entity AS e ON e.merged_into_entity_id = m.entity_id
    )
    SELECT m.entity_id FROM member AS m;
$$;
