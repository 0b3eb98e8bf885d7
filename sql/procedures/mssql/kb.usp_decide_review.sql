-- Purpose:     decide about an item that waits for a person, unless somebody else did, or it changed, since it was looked at.
-- Parameters:  @kind 'entity', 'relation', 'fact', 'page_classification', 'assertion' or 'pair'; @id; @seen_at its changed_at
--              (kb.fn_review_standing) when it was looked at; @decision, @decided_by, @reason and @changes as
--              kb.usp_adjudicate takes them; of a pair @decision is 'merge', 'relate', 'distinct' or 'suppress' and @changes
--              {entity_id, other_entity_id, relation_type} as kb.usp_decide_identity takes them; @now UTC.
-- Returns:     outcome 'decided', 'changed' (it waits, and is not what was looked at) or 'over' (it waits no longer);
--              decision_id, of kb.adjudication or of a pair of kb.identity_decision, null unless decided.
-- Errors:      NOT_FOUND, UNKNOWN_ENTITY, INVALID_PAYLOAD, INVALID_STATE.
-- Idempotency: the second call finds that it is over. Routing waits.
CREATE OR ALTER PROCEDURE kb.usp_decide_review
    @kind nvarchar(max), @id bigint, @seen_at datetime2(3), @decision nvarchar(max), @decided_by nvarchar(max),
    @reason nvarchar(max) = NULL, @changes nvarchar(max) = NULL, @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @outcome nvarchar(40), @decision_id bigint, @entity_id bigint, @other_entity_id bigint, @relation_type nvarchar(max),
        @message nvarchar(2048);
    BEGIN TRY
        BEGIN TRANSACTION;
        -- Nobody decides or routes between the look and the decision.
        EXEC llm.usp_take_lock @resource = N'sproute.kb', @mode = N'Exclusive';
        SELECT @outcome = CASE WHEN s.is_waiting = 0 THEN N'over' WHEN s.changed_at = @seen_at THEN N'decided' ELSE N'changed' END
        FROM kb.fn_review_standing(@kind, @id) AS s;
        IF @outcome IS NULL
        BEGIN
            SET @message = CONCAT(N'NOT_FOUND: no ', @kind, N' has the id ', @id);
            THROW 50012, @message, 1;
        END;
        IF @outcome = N'decided' AND @kind COLLATE Latin1_General_100_BIN2 = N'pair'
        BEGIN
            SELECT @entity_id = c.entity_id, @other_entity_id = c.other_entity_id, @relation_type = c.relation_type
            FROM OPENJSON(@changes) WITH (entity_id bigint '$.entity_id', other_entity_id bigint '$.other_entity_id',
                relation_type nvarchar(max) '$.relation_type') AS c;
            EXEC kb.usp_decide_identity @kind = @decision, @entity_id = @entity_id, @other_entity_id = @other_entity_id,
                @decided_by = @decided_by, @relation_type = @relation_type, @decided_as = N'person', @reason = @reason, @now = @now,
                @into_caller = 1, @identity_decision_id = @decision_id OUTPUT;
        END
        ELSE IF @outcome = N'decided'
            EXEC kb.usp_adjudicate @kind = @kind, @id = @id, @decision = @decision, @decided_by = @decided_by, @reason = @reason,
                @changes = @changes, @decided_as = N'person', @now = @now, @into_caller = 1, @adjudication_id = @decision_id OUTPUT;
        COMMIT TRANSACTION;
        SELECT @outcome AS outcome, @decision_id AS decision_id;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
