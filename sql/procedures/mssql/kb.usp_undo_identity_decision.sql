-- Purpose:     take back what was decided about two entities: a merge, a split, or what the audit remembered.
-- Parameters:  @identity_decision_id; @undone_by; @now UTC, default the server's clock; @into_caller 1: no
--              result set, the row goes to @kind, @entity_id, @other_entity_id and @changed.
-- Returns:     kind, entity_id, other_entity_id, changed (false: it was undone before).
-- Errors:      NOT_FOUND, INVALID_PAYLOAD.
-- Idempotency: undoing twice changes nothing. Decisions may be undone in any order, also after new pages were routed; what
--              is derived is then what the evidence and the decisions that remain say.
CREATE OR ALTER PROCEDURE kb.usp_undo_identity_decision
    @identity_decision_id bigint, @undone_by nvarchar(max), @now datetime2(3) = NULL, @into_caller bit = 0,
    @kind nvarchar(40) = NULL OUTPUT, @entity_id bigint = NULL OUTPUT, @other_entity_id bigint = NULL OUTPUT,
    @changed bit = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @adjudication_id bigint, @assertion_id bigint, @ids nvarchar(100),
        @assertion_ids nvarchar(100), @cause nvarchar(100), @retracted int, @message nvarchar(2048);
    SELECT @kind = NULL, @entity_id = NULL, @other_entity_id = NULL, @changed = NULL;
    BEGIN TRY
        BEGIN TRANSACTION;
        IF COALESCE(TRIM(@undone_by), N'') COLLATE Latin1_General_100_BIN2 = N''
            THROW 50004, N'INVALID_PAYLOAD: a decision needs the name of who decided', 1;
        EXEC llm.usp_take_lock @resource = N'sproute.kb', @mode = N'Exclusive';
        SELECT @kind = d.kind, @entity_id = d.entity_id, @other_entity_id = d.other_entity_id,
            @changed = IIF(d.undone_at IS NULL, 1, 0), @adjudication_id = d.adjudication_id, @assertion_id = d.assertion_id,
            @ids = CONCAT(N'[', d.entity_id, N',', d.other_entity_id, N']'), @assertion_ids = CONCAT(N'[', d.assertion_id, N']')
        FROM kb.identity_decision AS d WITH (UPDLOCK, ROWLOCK)
        WHERE d.identity_decision_id = @identity_decision_id;
        IF @kind IS NULL
        BEGIN
            SET @message = CONCAT(N'NOT_FOUND: no identity decision has the id ', @identity_decision_id, NCHAR(10),
                N'HINT: SELECT * FROM kb.identity_decision lists them.');
            THROW 50012, @message, 1;
        END;
        IF @changed = 1
        BEGIN
            UPDATE kb.identity_decision
            SET undone_at = @at, undone_by = @undone_by
            WHERE identity_decision_id = @identity_decision_id;
            IF @kind = N'merge'
            BEGIN
                UPDATE kb.dim_entity SET updated_at = @at WHERE entity_id = @entity_id;
                EXEC kb.usp_place_merges @entity_ids = @ids;
                EXEC kb.usp_rebuild_groups @entity_ids = @ids, @now = @at;
                EXEC kb.usp_retract_strayed @entity_ids = @ids, @now = @at, @result = @retracted OUTPUT;
            END
            ELSE IF @kind = N'split'
                EXEC kb.usp_rebuild_groups @entity_ids = @ids, @now = @at;
            ELSE IF @adjudication_id IS NOT NULL
                EXEC kb.usp_undo_adjudication @adjudication_id = @adjudication_id, @undone_by = @undone_by, @now = @at,
                    @into_caller = 1;
            IF @assertion_id IS NOT NULL
                EXEC kb.usp_retract_assertions @assertion_ids = @assertion_ids, @now = @at;
            EXEC kb.usp_close_candidates @now = @at;
            IF @kind IN (N'merge', N'split')
            BEGIN
                SET @cause = CONCAT(@kind, N':', @identity_decision_id, N':undone');
                EXEC kb.usp_enqueue_subjects @entity_ids = @ids, @cause = @cause, @now = @at;
            END;
        END;
        COMMIT TRANSACTION;
        IF @into_caller = 0
            SELECT @kind AS kind, @entity_id AS entity_id, @other_entity_id AS other_entity_id, @changed AS changed;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
