-- Purpose:     which of the entities in kb.stage_dimension have a dimension now; internal.
-- Parameters:  @run_id; @dimension 'event', 'work', 'location', 'period', 'concept' or 'tag'.
-- Returns:     entity_id, is_live: whether its dimension row shall be there; entities that never had one are left out.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER FUNCTION kb.fn_dimension_entities (@run_id uniqueidentifier, @dimension nvarchar(40))
RETURNS TABLE
AS RETURN (
    SELECT e.entity_id, CONVERT(bit, CASE WHEN e.retracted_at IS NULL AND (f.family IS NOT NULL OR EXISTS (
            SELECT 1 FROM kb.assertion_link AS l
            WHERE l.target_table = CONCAT(N'dim_', @dimension) AND l.target_id = e.entity_id)) THEN 1 ELSE 0 END) AS is_live
    FROM kb.stage_dimension AS s
    JOIN kb.dim_entity AS e ON e.entity_id = s.entity_id
    LEFT JOIN kb.type_family AS f ON f.family = e.type_family AND f.dimension = @dimension
    WHERE s.run_id = @run_id
);
