-- Purpose:     erase assertions, retracted ones too, and recompute what rested on them; internal.
-- Parameters:  @assertion_ids json array; @now UTC.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: what is gone stays so. Nobody routes meanwhile: the caller holds the lock.
CREATE OR ALTER PROCEDURE kb.usp_erase_assertions @assertion_ids nvarchar(max), @now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    CREATE TABLE #erased_assertion (assertion_id bigint NOT NULL PRIMARY KEY);
    INSERT INTO #erased_assertion (assertion_id)
    SELECT DISTINCT CONVERT(bigint, i.[value]) FROM OPENJSON(@assertion_ids) AS i WHERE i.[type] = 2;
    EXEC kb.usp_retract_assertions @assertion_ids = @assertion_ids, @now = @now;
    DELETE FROM kb.assertion_link WHERE assertion_id IN (SELECT e.assertion_id FROM #erased_assertion AS e);
    DELETE FROM kb.resolution WHERE assertion_id IN (SELECT e.assertion_id FROM #erased_assertion AS e);
    UPDATE kb.identity_decision SET assertion_id = NULL WHERE assertion_id IN (SELECT e.assertion_id FROM #erased_assertion AS e);
    DELETE FROM kb.assertion WHERE assertion_id IN (SELECT e.assertion_id FROM #erased_assertion AS e);
    DROP TABLE #erased_assertion;
END;
