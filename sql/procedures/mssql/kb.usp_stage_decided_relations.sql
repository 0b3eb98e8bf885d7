-- Purpose:     look again at what was decided to be related to the entities that a transaction touches; internal.
-- Parameters:  @run_id whose kb.stage_touched lists the entities.
-- Returns:     nothing; kb.stage_change lists the assertions of the decisions.
-- Errors:      none.
-- Idempotency: what is staged already is left alone. The assertions stay locked.
-- Such a bridge is there while both its ends are. Two transactions may bring back, or take away, one end each: the second
-- looks after the first has ended.
CREATE OR ALTER PROCEDURE kb.usp_stage_decided_relations @run_id uniqueidentifier
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @added int = 1, @locked int;
    IF NOT EXISTS (SELECT 1 FROM kb.identity_decision AS d WHERE d.kind = N'relate' AND d.undone_at IS NULL)
        RETURN;
    CREATE TABLE #related_member (entity_id bigint NOT NULL PRIMARY KEY);
    CREATE TABLE #related_assertion (assertion_id bigint NOT NULL PRIMARY KEY);
    INSERT INTO #related_member (entity_id)
    SELECT DISTINCT t.target_id FROM kb.stage_touched AS t WHERE t.run_id = @run_id AND t.target_table = N'dim_entity';
    WHILE @added > 0
    BEGIN
        INSERT INTO #related_member (entity_id)
        SELECT e.entity_id
        FROM #related_member AS m
        JOIN kb.dim_entity AS e ON e.merged_into_entity_id = m.entity_id AND e.merged_into_entity_id IS NOT NULL
        WHERE NOT EXISTS (SELECT 1 FROM #related_member AS k WHERE k.entity_id = e.entity_id);
        SET @added = @@ROWCOUNT;
    END;
    INSERT INTO #related_assertion (assertion_id)
    SELECT DISTINCT d.assertion_id
    FROM kb.identity_decision AS d
    WHERE d.kind = N'relate' AND d.undone_at IS NULL AND d.assertion_id IS NOT NULL
      AND EXISTS (SELECT 1 FROM #related_member AS m WHERE m.entity_id IN (d.entity_id, d.other_entity_id));

    SELECT @locked = COUNT(*)
    FROM #related_assertion AS r
    JOIN kb.assertion AS a WITH (UPDLOCK, ROWLOCK) ON a.assertion_id = r.assertion_id
    OPTION (LOOP JOIN, FORCE ORDER, MAXDOP 1);
    IF @locked > 0
        INSERT INTO kb.stage_change (run_id, assertion_id, item_kind, change)
        SELECT @run_id, a.assertion_id, a.item_kind, 0
        FROM #related_assertion AS r
        JOIN kb.assertion AS a ON a.assertion_id = r.assertion_id
        WHERE a.retracted_at IS NULL
          AND NOT EXISTS (SELECT 1 FROM kb.stage_change AS c WHERE c.run_id = @run_id AND c.assertion_id = a.assertion_id);
    DROP TABLE #related_member;
    DROP TABLE #related_assertion;
END;
