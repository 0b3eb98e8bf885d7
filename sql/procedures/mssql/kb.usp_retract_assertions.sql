-- Purpose:     retract assertions and recompute what rested on them; internal.
-- Parameters:  @assertion_ids json array; @now UTC.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: what is retracted stays so. Nobody routes meanwhile: the caller holds the lock.
CREATE OR ALTER PROCEDURE kb.usp_retract_assertions @assertion_ids nvarchar(max), @now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @run_id uniqueidentifier = NEWID(), @given int;
    CREATE TABLE #retracted_assertion (assertion_id bigint NOT NULL PRIMARY KEY);
    INSERT INTO #retracted_assertion (assertion_id)
    SELECT DISTINCT CONVERT(bigint, i.[value]) FROM OPENJSON(@assertion_ids) AS i WHERE i.[type] = 2;
    SET @given = @@ROWCOUNT;
    INSERT INTO kb.stage_change (run_id, assertion_id, item_kind, change)
    SELECT @run_id, a.assertion_id, a.item_kind, -1
    FROM #retracted_assertion AS r
    JOIN kb.assertion AS a ON a.assertion_id = r.assertion_id
    WHERE a.retracted_at IS NULL AND a.quarantine_reason IS NULL;
    UPDATE a
    SET retracted_at = @now
    FROM #retracted_assertion AS r
    JOIN kb.assertion AS a ON a.assertion_id = r.assertion_id
    WHERE a.retracted_at IS NULL;
    DROP TABLE #retracted_assertion;
    EXEC kb.usp_refresh_statistics @items = @given;
    EXEC kb.usp_rebuild @run_id = @run_id, @now = @now;
END;
