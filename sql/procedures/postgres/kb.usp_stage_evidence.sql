-- Purpose:     put all that supports the rows which are computed afresh beside what changed; internal.
-- Parameters:  p_run_id whose kb.stage_touched has a row with change <= 0 of each of them; p_target_table.
-- Returns:     nothing; kb.stage_touched has a row with change 0 for each link of theirs.
-- Errors:      none.
-- Idempotency: what is staged already is left alone.
-- A step of its own: were it part of the statement that computes rows, that one would be planned for rows with as many links
-- as the average, and where few rows have most of the links it would read whole tables for each page.
CREATE OR REPLACE FUNCTION kb.usp_stage_evidence(p_run_id uuid, p_target_table text)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM kb.stage_touched AS t
               WHERE t.run_id = p_run_id AND t.target_table = p_target_table AND t.change <= 0) THEN
        INSERT INTO kb.stage_touched (run_id, target_table, target_id, assertion_id, change)
        SELECT p_run_id, p_target_table, e.target_id, e.assertion_id, 0
        FROM (
            SELECT l.target_id, l.assertion_id
            FROM (SELECT DISTINCT t.target_id FROM kb.stage_touched AS t
                  WHERE t.run_id = p_run_id AND t.target_table = p_target_table AND t.change <= 0) AS f
            JOIN kb.assertion_link AS l ON l.target_table = p_target_table AND l.target_id = f.target_id
            EXCEPT
            SELECT t.target_id, t.assertion_id FROM kb.stage_touched AS t
            WHERE t.run_id = p_run_id AND t.target_table = p_target_table
        ) AS e;
    END IF;
END
$$;
