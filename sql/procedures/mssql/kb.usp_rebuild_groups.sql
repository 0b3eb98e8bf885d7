-- Purpose:     resolve the mentions of entities again, after what they are was decided anew; internal.
-- Parameters:  @entity_ids json array, whose merges or splits changed (whole groups follow); @now UTC.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: a row whose values are right is not written. Nobody routes meanwhile: the caller holds the lock.
CREATE OR ALTER PROCEDURE kb.usp_rebuild_groups @entity_ids nvarchar(max), @now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @run_id uniqueidentifier = NEWID(), @count int;
    DECLARE @member TABLE (entity_id bigint NOT NULL PRIMARY KEY);
    INSERT INTO @member (entity_id)
    SELECT DISTINCT g.entity_id
    FROM (SELECT kb.fn_master_entity(CONVERT(bigint, i.[value])) AS entity_id FROM OPENJSON(@entity_ids) AS i) AS m
    CROSS APPLY kb.fn_merge_group(m.entity_id) AS g;

    INSERT INTO kb.stage_change (run_id, assertion_id, item_kind, change)
    SELECT @run_id, a.assertion_id, a.item_kind, 0
    FROM (
        SELECT r.assertion_id
        FROM @member AS m
        JOIN kb.resolution AS r ON r.entity_id = m.entity_id AND r.superseded_at IS NULL
        UNION
        SELECT r.assertion_id
        FROM @member AS m
        JOIN kb.dim_entity AS e ON e.entity_id = m.entity_id
        JOIN kb.resolution AS r ON r.name_key_sha256 = e.name_key_sha256 AND r.name_key = e.name_key AND r.superseded_at IS NULL
    ) AS i
    JOIN kb.assertion AS a ON a.assertion_id = i.assertion_id
    WHERE a.retracted_at IS NULL AND a.quarantine_reason IS NULL;
    SET @count = @@ROWCOUNT;
    INSERT INTO kb.stage_touched (run_id, target_table, target_id, assertion_id, change)
    SELECT @run_id, N'dim_entity', m.entity_id, 0, 0
    FROM @member AS m;

    EXEC kb.usp_refresh_statistics @items = @count;
    EXEC kb.usp_rebuild @run_id = @run_id, @now = @now;
END;
