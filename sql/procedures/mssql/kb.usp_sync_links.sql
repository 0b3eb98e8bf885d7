-- Purpose:     make the links of the changed assertions to one derived table what kb.stage_link says; internal.
-- Parameters:  @run_id; @target_table.
-- Returns:     @result, the number of links that were added; kb.stage_touched lists every link that came (1) or went (-1).
-- Errors:      none.
-- Idempotency: links that are there stay.
-- The links of an assertion are written by who made it or locked it: no other transaction adds the same ones meanwhile.
CREATE OR ALTER PROCEDURE kb.usp_sync_links @run_id uniqueidentifier, @target_table nvarchar(40), @result int = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    CREATE TABLE #synced_link (
        target_id     bigint NOT NULL,
        assertion_id  bigint NOT NULL,
        PRIMARY KEY (target_id, assertion_id)
    );
    -- A new assertion has no links yet.
    INSERT INTO #synced_link (target_id, assertion_id)
    SELECT DISTINCT l.target_id, l.assertion_id
    FROM kb.stage_change AS c
    JOIN kb.assertion_link AS l ON l.assertion_id = c.assertion_id AND l.target_table = @target_table
    WHERE c.run_id = @run_id AND c.change <= 0
      AND NOT EXISTS (
          SELECT 1 FROM kb.stage_link AS s
          WHERE s.run_id = @run_id AND s.target_table = @target_table AND s.assertion_id = l.assertion_id
            AND s.target_id = l.target_id);
    IF @@ROWCOUNT > 0
    BEGIN
        DELETE l
        FROM #synced_link AS k
        JOIN kb.assertion_link AS l
            ON l.target_table = @target_table AND l.target_id = k.target_id AND l.assertion_id = k.assertion_id
        OPTION (LOOP JOIN, FORCE ORDER);
        INSERT INTO kb.stage_touched (run_id, target_table, target_id, assertion_id, change)
        SELECT @run_id, @target_table, k.target_id, k.assertion_id, -1 FROM #synced_link AS k;
        DELETE FROM #synced_link;
    END;

    INSERT INTO #synced_link (target_id, assertion_id)
    SELECT DISTINCT s.target_id, s.assertion_id
    FROM kb.stage_link AS s
    WHERE s.run_id = @run_id AND s.target_table = @target_table
      AND NOT EXISTS (
          SELECT 1 FROM kb.assertion_link AS l
          WHERE l.target_table = @target_table AND l.target_id = s.target_id AND l.assertion_id = s.assertion_id);
    INSERT INTO kb.assertion_link (target_table, target_id, assertion_id)
    SELECT @target_table, k.target_id, k.assertion_id FROM #synced_link AS k
    OPTION (LOOP JOIN);
    INSERT INTO kb.stage_touched (run_id, target_table, target_id, assertion_id, change)
    SELECT @run_id, @target_table, k.target_id, k.assertion_id, 1 FROM #synced_link AS k;
    SET @result = @@ROWCOUNT;
    DROP TABLE #synced_link;
END;
