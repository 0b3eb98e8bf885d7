-- Purpose:     say that entities are one. Nothing is overwritten: what is derived follows the merge, and kb.usp_unmerge_entity
--              restores exactly what the evidence of each says, also after new pages were routed.
-- Parameters:  @master_entity_id; @entity_ids json array of ids; @decided_by; @reason; @decided_as 'person', 'audit' or
--              'rule'; @confidence 0..1; @run_id of the model's answer; @now UTC, default the server's clock; @into_caller 1: no
--              result set, the rows go to the caller's #merge_entities.
-- Returns:     one row an id, in order: entity_id, merged_entity_id (what was merged: the master of its own group),
--              identity_decision_id (null: they were one already).
-- Errors:      UNKNOWN_ENTITY, INVALID_PAYLOAD; INVALID_STATE if a person decided that the pair is distinct and it is not a
--              person that merges.
-- Idempotency: merging what is one changes nothing. Routing waits.
CREATE OR ALTER PROCEDURE kb.usp_merge_entities
    @master_entity_id bigint, @entity_ids nvarchar(max), @decided_by nvarchar(max), @reason nvarchar(max) = NULL,
    @decided_as nvarchar(max) = N'person', @confidence decimal(5, 4) = NULL, @run_id uniqueidentifier = NULL,
    @now datetime2(3) = NULL, @into_caller bit = 0
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @place int = 0, @id bigint, @merged bigint, @into bigint,
        @decision_id bigint, @all_ids nvarchar(max), @touched nvarchar(max), @cause nvarchar(100), @correlation_id uniqueidentifier,
        @message nvarchar(2048);
    DECLARE @step TABLE (
        place                 int    NOT NULL PRIMARY KEY,
        entity_id             bigint NOT NULL,
        merged_entity_id      bigint NULL,
        identity_decision_id  bigint NULL
    );
    DECLARE @group TABLE (entity_id bigint NOT NULL PRIMARY KEY);
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC llm.usp_take_lock @resource = N'sproute.kb', @mode = N'Exclusive';
        SELECT @all_ids = CONCAT(N'[', COALESCE(CONVERT(nvarchar(20), @master_entity_id), N'null'),
            CASE WHEN @entity_ids IS NOT NULL THEN (
                SELECT STRING_AGG(CONCAT(CONVERT(nvarchar(max), N','), x.id), N'') WITHIN GROUP (ORDER BY x.place)
                FROM (
                    SELECT CONVERT(int, i.[key]) AS place, CASE i.[type]
                        WHEN 0 THEN N'null'
                        WHEN 1 THEN llm.fn_json_string(i.[value])
                        ELSE i.[value] END AS id
                    FROM OPENJSON(IIF(ISJSON(@entity_ids) = 1 AND LEFT(TRIM(NCHAR(9) + NCHAR(10) + NCHAR(13) + N' ' FROM @entity_ids), 1) = N'[', @entity_ids, N'["?"]')) AS i
                ) AS x) END, N']');
        EXEC kb.usp_check_entities @entity_ids = @all_ids, @decided_by = @decided_by;

        INSERT INTO @step (place, entity_id)
        SELECT CONVERT(int, i.[key]), CONVERT(bigint, i.[value]) FROM OPENJSON(@entity_ids) AS i;
        WHILE EXISTS (SELECT 1 FROM @step AS s WHERE s.place = @place)
        BEGIN
            SELECT @id = s.entity_id, @decision_id = NULL FROM @step AS s WHERE s.place = @place;
            SELECT @merged = kb.fn_master_entity(@id), @into = kb.fn_master_entity(@master_entity_id);
            IF @merged <> @into
            BEGIN
                IF @decided_as COLLATE Latin1_General_100_BIN2 <> N'person'
                BEGIN
                    DELETE FROM @group;
                    INSERT INTO @group (entity_id)
                    SELECT g.entity_id FROM kb.fn_merge_group(@merged) AS g
                    UNION
                    SELECT g.entity_id FROM kb.fn_merge_group(@into) AS g;
                    IF EXISTS (
                        SELECT 1
                        FROM @group AS f
                        JOIN kb.identity_decision AS d ON d.entity_id = f.entity_id AND d.kind = N'distinct' AND d.undone_at IS NULL
                        JOIN @group AS o ON o.entity_id = d.other_entity_id
                        WHERE d.decided_as = N'person')
                    BEGIN
                        SET @message = CONCAT(N'INVALID_STATE: a person decided that entities ', @id, N' and ', @master_entity_id,
                            N' are distinct', NCHAR(10), N'HINT: A person''s decision is not overwritten; undo it first.');
                        THROW 50010, @message, 1;
                    END;
                END;
                INSERT INTO kb.identity_decision (kind, entity_id, other_entity_id, confidence, decided_by, decided_as, reason, run_id,
                    decided_at)
                VALUES (N'merge', @merged, @master_entity_id, @confidence, @decided_by, @decided_as, @reason, @run_id, @at);
                SET @decision_id = SCOPE_IDENTITY();
                UPDATE kb.dim_entity SET merged_into_entity_id = @master_entity_id, updated_at = @at WHERE entity_id = @merged;
            END;
            UPDATE @step SET merged_entity_id = @merged, identity_decision_id = @decision_id WHERE place = @place;
            SET @place += 1;
        END;

        IF EXISTS (SELECT 1 FROM @step AS s WHERE s.identity_decision_id IS NOT NULL)
        BEGIN
            SELECT @touched = CONCAT(N'[', @master_entity_id, N',', STRING_AGG(CONVERT(nvarchar(max), s.merged_entity_id), N','), N']'),
                @cause = CONCAT(N'merge:', MAX(s.identity_decision_id))
            FROM @step AS s
            WHERE s.identity_decision_id IS NOT NULL;
            EXEC kb.usp_rebuild_groups @entity_ids = @touched, @now = @at;
            EXEC kb.usp_close_candidates @now = @at;
            -- What follows from a model's answer belongs to the job that asked.
            SELECT @correlation_id = j.correlation_id FROM llm.job AS j WHERE j.run_id = @run_id AND j.status = N'RUNNING';
            EXEC kb.usp_enqueue_subjects @entity_ids = @touched, @cause = @cause, @now = @at, @correlation_id = @correlation_id;
        END;
        COMMIT TRANSACTION;
        IF @into_caller = 1
            INSERT INTO #merge_entities (entity_id, merged_entity_id, identity_decision_id)
            SELECT s.entity_id, s.merged_entity_id, s.identity_decision_id FROM @step AS s ORDER BY s.place;
        ELSE
            SELECT s.entity_id, s.merged_entity_id, s.identity_decision_id FROM @step AS s ORDER BY s.place;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
