-- Purpose:     apply or refuse what a run inferred under an edit (onto.vw_pending_change).
-- Parameters:  @override_id; @decision, @by, @now as in onto.usp_decide_pending_changes.
-- Returns:     target_kind, target_key, field, value (what counts now).
-- Errors:      NOT_FOUND for an unknown edit, INVALID_STATE if nothing is pending, INVALID_PAYLOAD.
-- Idempotency: no: a change that was decided is no longer pending.
CREATE OR ALTER PROCEDURE onto.usp_decide_pending_change
    @override_id bigint, @decision nvarchar(4000), @by nvarchar(max) = NULL, @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    CREATE TABLE #decide_pending_changes (
        override_id  bigint         NOT NULL PRIMARY KEY,
        target_kind  nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        target_key   nvarchar(4000) COLLATE Latin1_General_100_BIN2 NOT NULL,
        field        nvarchar(100)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        value        nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL
    );
    DECLARE @override_ids nvarchar(max) = CONCAT(N'[', COALESCE(CONVERT(nvarchar(20), @override_id), N'null'), N']');
    EXEC onto.usp_decide_pending_changes @override_ids = @override_ids, @decision = @decision, @by = @by, @now = @now,
        @into_caller = 1;
    SELECT d.target_kind, d.target_key, d.field, d.value FROM #decide_pending_changes AS d;
END;
