-- Purpose:     take the merge of an entity back.
-- Parameters:  @entity_id the one that was merged; @decided_by; @now UTC, default the server's clock.
-- Returns:     identity_decision_id, entity_id, other_entity_id (what it had been merged into).
-- Errors:      UNKNOWN_ENTITY; INVALID_STATE if it is not merged.
-- Idempotency: see kb.usp_undo_identity_decision.
CREATE OR ALTER PROCEDURE kb.usp_unmerge_entity @entity_id bigint, @decided_by nvarchar(max), @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @ids nvarchar(100) = CONCAT(N'[', COALESCE(CONVERT(nvarchar(20), @entity_id), N'null'), N']'), @decision_id bigint,
        @merged_id bigint, @other_id bigint, @message nvarchar(2048);
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC llm.usp_take_lock @resource = N'sproute.kb', @mode = N'Exclusive';
        EXEC kb.usp_check_entities @entity_ids = @ids, @decided_by = @decided_by;
        -- What moved to it was it when it was merged.
        SELECT TOP (1) @decision_id = d.identity_decision_id, @merged_id = d.entity_id, @other_id = d.other_entity_id
        FROM kb.identity_decision AS d
        WHERE d.kind = N'merge' AND d.undone_at IS NULL AND (d.entity_id = @entity_id OR d.entity_id IN (
            SELECT e.entity_id FROM kb.dim_entity AS e WHERE e.moved_to_entity_id = @entity_id))
        ORDER BY IIF(d.entity_id = @entity_id, 0, 1), d.identity_decision_id DESC;
        IF @decision_id IS NULL
        BEGIN
            SET @message = CONCAT(N'INVALID_STATE: entity ', @entity_id, N' is not merged into another', NCHAR(10),
                N'HINT: SELECT * FROM kb.identity_decision WHERE kind = ''merge'' AND undone_at IS NULL lists the merges.');
            THROW 50010, @message, 1;
        END;
        EXEC kb.usp_undo_identity_decision @identity_decision_id = @decision_id, @undone_by = @decided_by, @now = @now,
            @into_caller = 1;
        COMMIT TRANSACTION;
        SELECT @decision_id AS identity_decision_id, @merged_id AS entity_id, @other_id AS other_entity_id;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
