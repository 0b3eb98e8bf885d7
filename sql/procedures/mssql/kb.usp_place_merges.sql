-- Purpose:     bring what entities are merged into to what the merges that stand say; one that moved to another family
--              (kb.usp_follow_families) is one with what it moved to, whoever was merged with either; internal.
-- Parameters:  @entity_ids json array; all that merges and moves connect with them is looked at.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: the same merges give the same groups and masters. What follows from it is the caller's to rebuild.
CREATE OR ALTER PROCEDURE kb.usp_place_merges @entity_ids nvarchar(max)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @added int = 1, @decision_id bigint, @entity_id bigint, @other_entity_id bigint, @master bigint;
    CREATE TABLE #merged_part (entity_id bigint NOT NULL PRIMARY KEY);
    INSERT INTO #merged_part (entity_id)
    SELECT DISTINCT CONVERT(bigint, i.[value]) FROM OPENJSON(@entity_ids) AS i WHERE i.[type] = 2;
    WHILE @added > 0
    BEGIN
        INSERT INTO #merged_part (entity_id)
        SELECT n.entity_id
        FROM (
            SELECT d.other_entity_id AS entity_id
            FROM #merged_part AS p
            JOIN kb.identity_decision AS d ON d.entity_id = p.entity_id AND d.kind = N'merge' AND d.undone_at IS NULL
            UNION
            SELECT d.entity_id
            FROM #merged_part AS p
            JOIN kb.identity_decision AS d ON d.other_entity_id = p.entity_id AND d.kind = N'merge' AND d.undone_at IS NULL
            UNION
            SELECT e.moved_to_entity_id
            FROM #merged_part AS p
            JOIN kb.dim_entity AS e ON e.entity_id = p.entity_id AND e.moved_to_entity_id IS NOT NULL
            UNION
            SELECT e.entity_id
            FROM #merged_part AS p
            JOIN kb.dim_entity AS e ON e.moved_to_entity_id = p.entity_id AND e.moved_to_entity_id IS NOT NULL) AS n
        WHERE NOT EXISTS (SELECT 1 FROM #merged_part AS k WHERE k.entity_id = n.entity_id);
        SET @added = @@ROWCOUNT;
    END;

    UPDATE e
    SET merged_into_entity_id = e.moved_to_entity_id,
        promotion_state = CASE WHEN e.promotion_state = N'merged' AND e.moved_to_entity_id IS NULL THEN N'staged' ELSE e.promotion_state END
    FROM #merged_part AS p
    JOIN kb.dim_entity AS e ON e.entity_id = p.entity_id
    WHERE NOT EXISTS (SELECT e.merged_into_entity_id INTERSECT SELECT e.moved_to_entity_id);
    -- Each merge makes the group of the one a part of the other's, as it did when it was made.
    WHILE 1 = 1
    BEGIN
        SET @entity_id = NULL;
        SELECT TOP (1) @decision_id = d.identity_decision_id, @entity_id = d.entity_id, @other_entity_id = d.other_entity_id
        FROM kb.identity_decision AS d
        WHERE d.kind = N'merge' AND d.undone_at IS NULL AND d.identity_decision_id > COALESCE(@decision_id, 0)
          AND d.entity_id IN (SELECT p.entity_id FROM #merged_part AS p)
        ORDER BY d.identity_decision_id;
        IF @entity_id IS NULL
            BREAK;
        SET @master = kb.fn_master_entity(@entity_id);
        UPDATE kb.dim_entity
        SET merged_into_entity_id = @other_entity_id
        WHERE entity_id = @master AND @master <> kb.fn_master_entity(@other_entity_id);
    END;
    DROP TABLE #merged_part;
END;
