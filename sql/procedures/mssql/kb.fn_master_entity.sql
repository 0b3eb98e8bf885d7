-- Purpose:     the entity that an entity was merged into, through all merges; itself if it was not.
-- Parameters:  @entity_id.
-- Returns:     entity_id of the master; null for an entity that is not there.
-- Errors:      none.
-- Idempotency: reads only.
-- A loop and no recursive query, which ends at 100 steps.
CREATE OR ALTER FUNCTION kb.fn_master_entity (@entity_id bigint)
RETURNS bigint
AS
BEGIN
    DECLARE @master bigint, @into bigint = @entity_id;
    WHILE @into IS NOT NULL
    BEGIN
        SET @entity_id = @into;
        SELECT @master = NULL, @into = NULL;
        SELECT @master = e.entity_id, @into = e.merged_into_entity_id
        FROM kb.dim_entity AS e
        WHERE e.entity_id = @entity_id;
    END;
    RETURN @master;
END;
