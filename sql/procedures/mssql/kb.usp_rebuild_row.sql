-- Purpose:     recompute one derived row from all that supports it and what was decided about it, or what rests on an assertion
--              without evidence; internal.
-- Parameters:  @kind 'entity', 'relation', 'fact', 'page_classification' or 'assertion'; @id; @now UTC.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: a row whose values are right is not written. Nobody routes meanwhile: the caller holds the lock.
CREATE OR ALTER PROCEDURE kb.usp_rebuild_row @kind nvarchar(40), @id bigint, @now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @run_id uniqueidentifier = NEWID();
    IF @kind = N'assertion'
    BEGIN
        CREATE TABLE #judge_ungrounded (
            assertion_id  bigint        NOT NULL PRIMARY KEY,
            item_kind     nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
            change        smallint      NOT NULL
        );
        EXEC kb.usp_judge_ungrounded @assertion_id = @id;
        INSERT INTO kb.stage_change (run_id, assertion_id, item_kind, change)
        SELECT @run_id, j.assertion_id, j.item_kind, j.change
        FROM #judge_ungrounded AS j;
        EXEC kb.usp_rebuild @run_id = @run_id, @now = @now;
        RETURN;
    END;
    -- A decision about a row holds for the one that takes its place when an end is merged, or a new version of the page read.
    INSERT INTO kb.stage_touched (run_id, target_table, target_id, assertion_id, change)
    SELECT @run_id, CASE @kind WHEN N'entity' THEN N'dim_entity' WHEN N'relation' THEN N'bridge_entity_relation'
        WHEN N'fact' THEN N'fact_attribute' ELSE @kind END, t.id, 0, 0
    FROM (
        SELECT @id AS id
        UNION
        SELECT e.moved_to_entity_id
        FROM kb.dim_entity AS e
        WHERE @kind = N'entity' AND e.entity_id = @id AND e.moved_to_entity_id IS NOT NULL
        UNION
        SELECT v.page_classification_id
        FROM kb.fn_classification_versions(@id) AS v
        WHERE @kind = N'page_classification'
        UNION
        SELECT n.entity_relation_id
        FROM kb.bridge_entity_relation AS b
        JOIN kb.bridge_entity_relation AS n ON n.from_entity_id = kb.fn_master_entity(b.from_entity_id)
            AND n.to_entity_id = kb.fn_master_entity(b.to_entity_id) AND n.relation_key = b.relation_key AND n.start_key = b.start_key
            AND n.end_key = b.end_key AND n.from_work_key = b.from_work_key AND n.to_work_key = b.to_work_key
            AND n.continuity_key = b.continuity_key
        WHERE @kind = N'relation' AND b.entity_relation_id = @id
        UNION
        SELECT n.fact_attribute_id
        FROM kb.fact_attribute AS b
        JOIN kb.fact_attribute AS n ON n.entity_id = kb.fn_master_entity(b.entity_id) AND n.attribute_key = b.attribute_key
            AND n.value_key_sha256 = b.value_key_sha256 AND n.value_key = b.value_key AND n.unit_key = b.unit_key
            AND n.start_key = b.start_key AND n.end_key = b.end_key AND n.from_work_key = b.from_work_key
            AND n.to_work_key = b.to_work_key AND n.continuity_key = b.continuity_key
        WHERE @kind = N'fact' AND b.fact_attribute_id = @id
    ) AS t;
    -- The dimension of an entity may rest on what a relation or fact is called now.
    INSERT INTO kb.stage_touched (run_id, target_table, target_id, assertion_id, change)
    SELECT @run_id, N'dim_location', o.entity_id, 0, 0
    FROM kb.stage_touched AS t
    CROSS APPLY (
        SELECT b.from_entity_id AS entity_id
        FROM kb.bridge_entity_relation AS b
        WHERE @kind = N'relation' AND b.entity_relation_id = t.target_id
        UNION ALL
        SELECT f.entity_id
        FROM kb.fact_attribute AS f
        WHERE @kind = N'fact' AND f.fact_attribute_id = t.target_id
    ) AS o
    WHERE t.run_id = @run_id;
    EXEC kb.usp_rebuild @run_id = @run_id, @now = @now;
END;
