-- Purpose:     record what was decided about two entities, and do what follows from it.
-- Parameters:  @kind 'merge', 'relate', 'distinct' or 'suppress'; @entity_id the duplicate, the from end, or what is
--              suppressed; @other_entity_id the master, the to end, or what stays; @relation_type for relate; @confidence
--              0..1; @decided_by; @decided_as 'person', 'audit' or 'rule'; @reason; @run_id of the model's answer; @now;
--              @into_caller 1: no result set, the row goes to @identity_decision_id.
-- Returns:     identity_decision_id, null if the same had been decided before.
-- Errors:      UNKNOWN_ENTITY, INVALID_PAYLOAD, INVALID_STATE.
-- Idempotency: the same decision again changes nothing. Routing waits.
CREATE OR ALTER PROCEDURE kb.usp_decide_identity
    @kind nvarchar(max), @entity_id bigint, @other_entity_id bigint, @decided_by nvarchar(max), @relation_type nvarchar(max) = NULL,
    @confidence decimal(5, 4) = NULL, @decided_as nvarchar(max) = N'person', @reason nvarchar(max) = NULL,
    @run_id uniqueidentifier = NULL, @now datetime2(3) = NULL, @into_caller bit = 0, @identity_decision_id bigint = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @ids nvarchar(max), @audit nvarchar(40), @adjudication_id bigint,
        @assertion_id bigint;
    CREATE TABLE #merge_entities (entity_id bigint NOT NULL, merged_entity_id bigint NULL, identity_decision_id bigint NULL);
    SET @identity_decision_id = NULL;
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC llm.usp_take_lock @resource = N'sproute.kb', @mode = N'Exclusive';
        SET @ids = CONCAT(N'[', COALESCE(CONVERT(nvarchar(20), @entity_id), N'null'), N',',
            COALESCE(CONVERT(nvarchar(20), @other_entity_id), N'null'), N']');
        EXEC kb.usp_check_entities @entity_ids = @ids, @decided_by = @decided_by;
        IF @kind IS NULL OR @kind COLLATE Latin1_General_100_BIN2 NOT IN (N'merge', N'relate', N'distinct', N'suppress')
            OR @entity_id = @other_entity_id
            THROW 50004, N'INVALID_PAYLOAD: a decision is merge, relate, distinct or suppress, about two entities', 1;
        IF @kind = N'relate' AND COALESCE(TRIM(@relation_type), N'') COLLATE Latin1_General_100_BIN2 = N''
            THROW 50004, N'INVALID_PAYLOAD: relate needs a relation type', 1;
        IF @kind = N'merge'
        BEGIN
            SET @ids = CONCAT(N'[', @entity_id, N']');
            EXEC kb.usp_merge_entities @master_entity_id = @other_entity_id, @entity_ids = @ids, @decided_by = @decided_by,
                @reason = @reason, @decided_as = @decided_as, @confidence = @confidence, @run_id = @run_id, @now = @at,
                @into_caller = 1;
            SELECT @identity_decision_id = m.identity_decision_id FROM #merge_entities AS m;
        END
        ELSE IF NOT EXISTS (
            SELECT 1
            FROM kb.identity_decision AS d
            WHERE d.kind = @kind AND d.entity_id = @entity_id AND d.other_entity_id = @other_entity_id AND d.undone_at IS NULL
              AND (d.relation_type = @relation_type OR d.relation_type IS NULL AND @relation_type IS NULL))
        BEGIN
            IF @kind = N'suppress'
            BEGIN
                SET @audit = IIF(@decided_as COLLATE Latin1_General_100_BIN2 = N'person', N'person', N'audit');
                EXEC kb.usp_adjudicate @kind = N'entity', @id = @entity_id, @decision = N'reject', @decided_by = @decided_by,
                    @reason = @reason, @decided_as = @audit, @now = @at, @into_caller = 1, @adjudication_id = @adjudication_id OUTPUT;
            END;
            INSERT INTO kb.identity_decision (kind, entity_id, other_entity_id, relation_type, confidence, decided_by, decided_as,
                reason, run_id, adjudication_id, decided_at)
            VALUES (@kind, @entity_id, @other_entity_id, @relation_type, @confidence, @decided_by, @decided_as, @reason, @run_id,
                @adjudication_id, @at);
            SET @identity_decision_id = SCOPE_IDENTITY();
            IF @kind = N'relate'
                EXEC kb.usp_assert_relation @identity_decision_id = @identity_decision_id, @now = @at, @result = @assertion_id OUTPUT;
            EXEC kb.usp_close_candidates @now = @at;
        END;
        COMMIT TRANSACTION;
        IF @into_caller = 0 SELECT @identity_decision_id AS identity_decision_id;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
