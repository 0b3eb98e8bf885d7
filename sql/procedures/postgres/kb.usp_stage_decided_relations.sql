-- Purpose:     look again at what was decided to be related to the entities that a transaction touches; internal.
-- Parameters:  p_run_id whose kb.stage_touched lists the entities.
-- Returns:     nothing; kb.stage_change lists the assertions of the decisions.
-- Errors:      none.
-- Idempotency: what is staged already is left alone. The assertions stay locked.
-- Such a bridge is there while both its ends are. Two transactions may bring back, or take away, one end each: the second
-- looks after the first has ended.
CREATE OR REPLACE FUNCTION kb.usp_stage_decided_relations(p_run_id uuid)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_assertions bigint[];
BEGIN
    IF NOT EXISTS (SELECT 1 FROM kb.identity_decision AS d WHERE d.kind = 'relate' AND d.undone_at IS NULL) THEN
        RETURN;
    END IF;
    v_assertions := ARRAY (
        WITH RECURSIVE member (entity_id) AS (
            SELECT t.target_id FROM kb.stage_touched AS t WHERE t.run_id = p_run_id AND t.target_table = 'dim_entity'
            UNION
            SELECT e.entity_id FROM member AS m JOIN kb.dim_entity AS e ON e.merged_into_entity_id = m.entity_id
        )
        SELECT d.assertion_id
        FROM kb.identity_decision AS d
        WHERE d.kind = 'relate' AND d.undone_at IS NULL
          AND (d.entity_id IN (SELECT m.entity_id FROM member AS m) OR d.other_entity_id IN (SELECT m.entity_id FROM member AS m)));

    PERFORM 1 FROM kb.assertion AS a WHERE a.assertion_id = ANY (v_assertions) ORDER BY a.assertion_id FOR NO KEY UPDATE;
    INSERT INTO kb.stage_change (run_id, assertion_id, item_kind, change)
    SELECT p_run_id, a.assertion_id, a.item_kind, 0
    FROM kb.assertion AS a
    WHERE a.assertion_id = ANY (v_assertions) AND a.retracted_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM kb.stage_change AS c WHERE c.run_id = p_run_id AND c.assertion_id = a.assertion_id);
END
$$;
