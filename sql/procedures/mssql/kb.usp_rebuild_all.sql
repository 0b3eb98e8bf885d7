-- Purpose:     recompute every derived row from the live assertions, after thresholds (kb.governance_policy) or families
--              (kb.type_map) were changed. What was decided about an entity follows its mentions into their new family.
-- Parameters:  @now UTC, default the server's clock; @force: go on though something that a person decided would be without
--              what it was about; it is kept, and holds again when that comes back.
-- Returns:     assertions that were looked at.
-- Errors:      CONFIRMATION_REQUIRED naming such decisions, unless forced: nothing is changed.
-- Idempotency: a row whose values are right is not written. Routing waits while it runs.
CREATE OR ALTER PROCEDURE kb.usp_rebuild_all @now datetime2(3) = NULL, @force bit = 0
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @run_id uniqueidentifier = NEWID(), @count bigint, @items int,
        @moved_ids nvarchar(max), @folded_ids nvarchar(max), @strayed int, @enqueued int, @lost int, @locked int,
        @names nvarchar(2000), @cause nvarchar(100), @message nvarchar(2048);
    CREATE TABLE #rebuilt_held (
        name  nvarchar(60) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY
    );
    CREATE TABLE #rebuilt_lost (
        name  nvarchar(60) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY
    );
    CREATE TABLE #rebuilt_gone (
        target_table  nvarchar(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
        target_id     bigint       NOT NULL,
        assertion_id  bigint       NOT NULL,
        PRIMARY KEY (target_table, target_id, assertion_id)
    );
    CREATE TABLE #judge_ungrounded (
        assertion_id  bigint        NOT NULL PRIMARY KEY,
        item_kind     nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
        change        smallint      NOT NULL
    );
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC llm.usp_take_lock @resource = N'sproute.kb', @mode = N'Exclusive';
        -- Nobody else stages anything meanwhile: one lock a table instead of one a row. kb.stage_item stays empty.
        SELECT @locked = COUNT(*)
        FROM (
            SELECT t.run_id FROM kb.stage_change AS t WITH (TABLOCKX, HOLDLOCK) WHERE t.run_id = @run_id
            UNION ALL
            SELECT t.run_id FROM kb.stage_mention AS t WITH (TABLOCKX, HOLDLOCK) WHERE t.run_id = @run_id
            UNION ALL
            SELECT t.run_id FROM kb.stage_name AS t WITH (TABLOCKX, HOLDLOCK) WHERE t.run_id = @run_id
            UNION ALL
            SELECT t.run_id FROM kb.stage_count AS t WITH (TABLOCKX, HOLDLOCK) WHERE t.run_id = @run_id
            UNION ALL
            SELECT t.run_id FROM kb.stage_relation AS t WITH (TABLOCKX, HOLDLOCK) WHERE t.run_id = @run_id
            UNION ALL
            SELECT t.run_id FROM kb.stage_fact AS t WITH (TABLOCKX, HOLDLOCK) WHERE t.run_id = @run_id
            UNION ALL
            SELECT t.run_id FROM kb.stage_dimension AS t WITH (TABLOCKX, HOLDLOCK) WHERE t.run_id = @run_id
            UNION ALL
            SELECT t.run_id FROM kb.stage_link AS t WITH (TABLOCKX, HOLDLOCK) WHERE t.run_id = @run_id
            UNION ALL
            SELECT t.run_id FROM kb.stage_touched AS t WITH (TABLOCKX, HOLDLOCK) WHERE t.run_id = @run_id
        ) AS s;
        INSERT INTO #rebuilt_held (name)
        SELECT DISTINCT CONCAT(f.kind, N':', f.id)
        FROM kb.fn_effective_decisions() AS f
        WHERE f.has_evidence = 1;
        EXEC kb.usp_follow_families @now = @at, @entity_ids = @moved_ids OUTPUT, @folded_ids = @folded_ids OUTPUT;

        EXEC kb.usp_judge_ungrounded @assertion_id = NULL;
        -- Nothing rests on what was retracted.
        INSERT INTO #rebuilt_gone (target_table, target_id, assertion_id)
        SELECT l.target_table, l.target_id, l.assertion_id
        FROM kb.assertion_link AS l
        JOIN kb.assertion AS a ON a.assertion_id = l.assertion_id
        WHERE a.retracted_at IS NOT NULL OR a.quarantine_reason IS NOT NULL;
        DELETE l
        FROM #rebuilt_gone AS g
        JOIN kb.assertion_link AS l
            ON l.target_table = g.target_table AND l.target_id = g.target_id AND l.assertion_id = g.assertion_id;
        INSERT INTO kb.stage_touched (run_id, target_table, target_id, assertion_id, change)
        SELECT @run_id, g.target_table, g.target_id, g.assertion_id, -1
        FROM #rebuilt_gone AS g;
        INSERT INTO kb.stage_change (run_id, assertion_id, item_kind, change)
        SELECT DISTINCT @run_id, a.assertion_id, a.item_kind, -1
        FROM kb.resolution AS r
        JOIN kb.assertion AS a ON a.assertion_id = r.assertion_id
        WHERE r.superseded_at IS NULL AND (a.retracted_at IS NOT NULL OR a.quarantine_reason IS NOT NULL);

        INSERT INTO kb.stage_change (run_id, assertion_id, item_kind, change)
        SELECT @run_id, a.assertion_id, a.item_kind, 0
        FROM kb.assertion AS a
        WHERE a.retracted_at IS NULL AND a.quarantine_reason IS NULL;
        SET @count = ROWCOUNT_BIG();
        -- What is linked counts as touched even if its links stay.
        INSERT INTO kb.stage_touched (run_id, target_table, target_id, assertion_id, change)
        SELECT @run_id, l.target_table, l.target_id, l.assertion_id, 0
        FROM kb.assertion_link AS l;

        -- Routing counts mentions by what changed; here they are counted.
        UPDATE e
        SET mention_count = COALESCE(m.mention_count, 0)
        FROM kb.dim_entity AS e
        LEFT JOIN (
            SELECT r.entity_id, COUNT(*) AS mention_count
            FROM kb.resolution AS r
            WHERE r.superseded_at IS NULL AND r.type_family <> N'unknown'
            GROUP BY r.entity_id
        ) AS m ON m.entity_id = e.entity_id
        WHERE e.mention_count <> COALESCE(m.mention_count, 0);

        SET @items = @count;
        EXEC kb.usp_refresh_statistics @items = @items;
        EXEC kb.usp_rebuild @run_id = @run_id, @now = @at;
        -- What was said of entities with evidence from many pages is asked again where that changed, as after a merge.
        SET @cause = CONCAT(N'families:', LOWER(CONVERT(nvarchar(36), @run_id)));
        EXEC kb.usp_retract_strayed @entity_ids = @moved_ids, @now = @at, @result = @strayed OUTPUT;
        IF @strayed > 0
            EXEC kb.usp_enqueue_subjects @entity_ids = @moved_ids, @cause = @cause, @now = @at, @result = @enqueued OUTPUT;
        ELSE IF EXISTS (SELECT 1 FROM OPENJSON(@folded_ids) AS i)
            EXEC kb.usp_enqueue_subjects @entity_ids = @folded_ids, @cause = @cause, @now = @at, @result = @enqueued OUTPUT;

        INSERT INTO #rebuilt_lost (name)
        SELECT h.name
        FROM #rebuilt_held AS h
        EXCEPT
        SELECT CONCAT(f.kind, N':', f.id) COLLATE Latin1_General_100_BIN2
        FROM kb.fn_effective_decisions() AS f;
        SET @lost = @@ROWCOUNT;
        IF @lost > 0 AND @force = 0
        BEGIN
            SELECT @names = STRING_AGG(t.name, N', ') WITHIN GROUP (ORDER BY t.name)
            FROM (SELECT TOP (20) l.name FROM #rebuilt_lost AS l ORDER BY l.name) AS t;
            SET @message = CONCAT(N'CONFIRMATION_REQUIRED: ', @lost,
                N' of what people decided would be without what it was about: ', @names, IIF(@lost > 20, N', ...', N''), NCHAR(10),
                N'HINT: Nothing was changed. adjudication:<id> and identity:<id> are rows of kb.adjudication and ',
                N'kb.identity_decision. Undo them, set kb.type_map back, or call kb.usp_rebuild_all @force = 1.');
            THROW 50008, @message, 1;
        END;
        COMMIT TRANSACTION;
        SELECT @count AS assertions;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
