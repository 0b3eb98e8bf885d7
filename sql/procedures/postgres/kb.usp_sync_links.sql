-- Purpose:     make the links of the changed assertions to one derived table what kb.stage_link says; internal.
-- Parameters:  p_run_id; p_target_table.
-- Returns:     the number of links that were added; kb.stage_touched lists every link that came (1) or went (-1).
-- Errors:      none.
-- Idempotency: links that are there stay.
CREATE OR REPLACE FUNCTION kb.usp_sync_links(p_run_id uuid, p_target_table text)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_added integer;
BEGIN
    WITH gone AS (
        DELETE FROM kb.assertion_link AS l
        USING kb.stage_change AS c
        -- A new assertion has no links yet. The links are found by their assertion: by the table alone they are many,
        -- which the planner cannot know while the table is young.
        WHERE c.run_id = p_run_id AND c.change <= 0
          AND l.assertion_id = c.assertion_id AND l.target_table || '' = p_target_table
          AND NOT EXISTS (
              SELECT 1 FROM kb.stage_link AS s
              WHERE s.run_id = p_run_id AND s.target_table = p_target_table AND s.target_id = l.target_id
                AND s.assertion_id = l.assertion_id)
        RETURNING l.target_id, l.assertion_id
    )
    INSERT INTO kb.stage_touched (run_id, target_table, target_id, assertion_id, change)
    SELECT p_run_id, p_target_table, g.target_id, g.assertion_id, -1 FROM gone AS g;

    WITH come AS (
        INSERT INTO kb.assertion_link (target_table, target_id, assertion_id)
        SELECT s.target_table, s.target_id, s.assertion_id
        FROM kb.stage_link AS s
        WHERE s.run_id = p_run_id AND s.target_table = p_target_table
        ON CONFLICT (target_table, target_id, assertion_id) DO NOTHING
        RETURNING target_id, assertion_id
    )
    INSERT INTO kb.stage_touched (run_id, target_table, target_id, assertion_id, change)
    SELECT p_run_id, p_target_table, c.target_id, c.assertion_id, 1 FROM come AS c;
    GET DIAGNOSTICS v_added = ROW_COUNT;
    RETURN v_added;
END
$$;
