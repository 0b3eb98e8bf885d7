-- Purpose:     what was decided about an entity, or about those that moved to it (kb.usp_follow_families); internal.
-- Parameters:  @entity_id.
-- Returns:     decision and changes as kb.fn_standing_decision; no row if there is none, or the id is
--              null.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER FUNCTION kb.fn_entity_decision (@entity_id bigint)
RETURNS TABLE
AS RETURN (
    SELECT d.decision, d.changes
    FROM (
        SELECT CONCAT(N'[', STRING_AGG(CONVERT(nvarchar(max), i.entity_id), N','), N']') AS entity_ids
        FROM (
            SELECT @entity_id AS entity_id
            UNION ALL
            SELECT e.entity_id FROM kb.dim_entity AS e WHERE e.moved_to_entity_id = @entity_id
        ) AS i
    ) AS g
    CROSS APPLY kb.fn_standing_decision(N'entity', g.entity_ids) AS d
);
