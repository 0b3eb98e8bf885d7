-- Purpose:     take a decision about a row back: the row is what its evidence and the decisions that remain say.
-- Parameters:  @adjudication_id; @undone_by; @now UTC, default the server's clock; @into_caller 1: no
--              result set, the row goes to @kind, @target_id, @promotion_state and @changed.
-- Returns:     kind, target_id, promotion_state, changed (false: it was undone before).
-- Errors:      NOT_FOUND, INVALID_PAYLOAD.
-- Idempotency: undoing twice changes nothing. Routing waits.
CREATE OR ALTER PROCEDURE kb.usp_undo_adjudication
    @adjudication_id bigint, @undone_by nvarchar(max), @now datetime2(3) = NULL, @into_caller bit = 0,
    @kind nvarchar(40) = NULL OUTPUT, @target_id bigint = NULL OUTPUT, @promotion_state nvarchar(40) = NULL OUTPUT,
    @changed bit = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @row_id bigint, @message nvarchar(2048);
    SELECT @kind = NULL, @target_id = NULL, @promotion_state = NULL, @changed = NULL;
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC llm.usp_take_lock @resource = N'sproute.kb', @mode = N'Exclusive';
        IF COALESCE(TRIM(@undone_by), N'') COLLATE Latin1_General_100_BIN2 = N''
            THROW 50004, N'INVALID_PAYLOAD: a decision needs the name of who decided', 1;
        SELECT @kind = a.kind, @target_id = a.target_id, @changed = IIF(a.undone_at IS NULL, 1, 0)
        FROM kb.adjudication AS a WITH (UPDLOCK, ROWLOCK)
        WHERE a.adjudication_id = @adjudication_id;
        IF @kind IS NULL
        BEGIN
            SET @message = CONCAT(N'NOT_FOUND: no decision has the id ', @adjudication_id, NCHAR(10),
                N'HINT: SELECT * FROM kb.adjudication lists them.');
            THROW 50012, @message, 1;
        END;
        IF @changed = 1
        BEGIN
            UPDATE kb.adjudication SET undone_at = @at, undone_by = @undone_by WHERE adjudication_id = @adjudication_id;
            EXEC kb.usp_rebuild_row @kind = @kind, @id = @target_id, @now = @at;
        END;
        SET @row_id = @target_id;
        IF @kind = N'page_classification'
            -- The version of the page that counts now.
            SELECT @row_id = c.page_classification_id
            FROM kb.fn_classification_versions(@target_id) AS v
            JOIN kb.page_classification AS c ON c.page_classification_id = v.page_classification_id AND c.retracted_at IS NULL;
        SELECT @promotion_state = r.promotion_state
        FROM OPENJSON(kb.fn_decided_row(@kind, @row_id)) WITH (promotion_state nvarchar(40) '$.promotion_state') AS r;
        COMMIT TRANSACTION;
        IF @into_caller = 0
            SELECT @kind AS kind, @target_id AS target_id, @promotion_state AS promotion_state, @changed AS changed;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
