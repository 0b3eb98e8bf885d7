-- Purpose:     put all that supports the rows which are computed afresh beside what changed; internal.
-- Parameters:  @run_id whose kb.stage_touched has a row with change <= 0 of each of them; @target_table.
-- Returns:     nothing; kb.stage_touched has a row with change 0 for each link of theirs.
-- Errors:      none.
-- Idempotency: what is staged already is left alone.
-- A step of its own: were it part of the statement that computes rows, that one would be planned for rows with as many links
-- as the average, and where few rows have most of the links it would read whole tables for each page.
CREATE OR ALTER PROCEDURE kb.usp_stage_evidence @run_id uniqueidentifier, @target_table nvarchar(40)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    IF NOT EXISTS (
        SELECT 1 FROM kb.stage_touched AS t
        WHERE t.run_id = @run_id AND t.target_table = @target_table AND t.change <= 0)
        RETURN;
    INSERT INTO kb.stage_touched (run_id, target_table, target_id, assertion_id, change)
    SELECT @run_id, @target_table, l.target_id, l.assertion_id, 0
    FROM (
        SELECT DISTINCT t.target_id
        FROM kb.stage_touched AS t
        WHERE t.run_id = @run_id AND t.target_table = @target_table AND t.change <= 0) AS f
    JOIN kb.assertion_link AS l ON l.target_table = @target_table AND l.target_id = f.target_id
    WHERE NOT EXISTS (
        SELECT 1 FROM kb.stage_touched AS t
        WHERE t.run_id = @run_id AND t.target_table = @target_table AND t.target_id = l.target_id AND t.assertion_id = l.assertion_id);
END;
