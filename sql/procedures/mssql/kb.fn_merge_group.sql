-- Purpose:     an entity and everything that was merged into it, through all merges.
-- Parameters:  @entity_id of a master.
-- Returns:     entity_id, the master's own included.
-- Errors:      none.
-- Idempotency: reads only.
-- A loop and no recursive query, which ends at 100 steps.
CREATE OR ALTER FUNCTION kb.fn_merge_group (@entity_id bigint)
RETURNS @member TABLE (entity_id bigint NOT NULL PRIMARY KEY)
AS
BEGIN
    DECLARE @added int = 1;
    IF @entity_id IS NULL
        RETURN;
    INSERT INTO @member (entity_id) VALUES (@entity_id);
    WHILE @added > 0
    BEGIN
        INSERT INTO @member (entity_id)
        SELECT e.entity_id
        FROM @member AS m
        JOIN kb.dim_entity AS e ON e.merged_into_entity_id = m.entity_id AND e.merged_into_entity_id IS NOT NULL
        WHERE NOT EXISTS (SELECT 1 FROM @member AS k WHERE k.entity_id = e.entity_id);
        SET @added = @@ROWCOUNT;
    END;
    RETURN;
END;
