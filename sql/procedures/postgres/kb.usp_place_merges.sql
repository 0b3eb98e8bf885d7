-- Purpose:     bring what entities are merged into to what the merges that stand say; one that moved to another family
--              (kb.usp_follow_families) is one with what it moved to, whoever was merged with either; internal.
-- Parameters:  p_entity_ids; all that merges and moves connect with them is looked at.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: the same merges give the same groups and masters. What follows from it is the caller's to rebuild.
CREATE OR REPLACE FUNCTION kb.usp_place_merges(p_entity_ids bigint[])
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_ids   bigint[];
    v_merge record;
BEGIN
    v_ids := ARRAY (
        WITH RECURSIVE part (entity_id) AS (
            SELECT i.entity_id FROM unnest(p_entity_ids) AS i (entity_id)
            UNION
            SELECT n.entity_id
            FROM part AS p
            CROSS JOIN LATERAL (
                SELECT d.other_entity_id AS entity_id FROM kb.identity_decision AS d
                WHERE d.kind = 'merge' AND d.undone_at IS NULL AND d.entity_id = p.entity_id
                UNION ALL
                SELECT d.entity_id FROM kb.identity_decision AS d
                WHERE d.kind = 'merge' AND d.undone_at IS NULL AND d.other_entity_id = p.entity_id
                UNION ALL
                SELECT e.moved_to_entity_id FROM kb.dim_entity AS e
                WHERE e.entity_id = p.entity_id AND e.moved_to_entity_id IS NOT NULL
                UNION ALL
                SELECT e.entity_id FROM kb.dim_entity AS e WHERE e.moved_to_entity_id = p.entity_id
            ) AS n
        )
        SELECT p.entity_id FROM part AS p);

    UPDATE kb.dim_entity AS e
    SET merged_into_entity_id = e.moved_to_entity_id,
        promotion_state = CASE WHEN e.promotion_state = 'merged' AND e.moved_to_entity_id IS NULL THEN 'staged' ELSE e.promotion_state END
    WHERE e.entity_id = ANY (v_ids) AND e.merged_into_entity_id IS DISTINCT FROM e.moved_to_entity_id;
    -- Each merge makes the group of the one a part of the other's, as it did when it was made.
    FOR v_merge IN
        SELECT d.entity_id, d.other_entity_id FROM kb.identity_decision AS d
        WHERE d.kind = 'merge' AND d.undone_at IS NULL AND d.entity_id = ANY (v_ids)
        ORDER BY d.identity_decision_id
    LOOP
        UPDATE kb.dim_entity AS e
        SET merged_into_entity_id = v_merge.other_entity_id
        WHERE e.entity_id = kb.fn_master_entity(v_merge.entity_id)
          AND e.entity_id <> kb.fn_master_entity(v_merge.other_entity_id);
    END LOOP;
END
$$;
