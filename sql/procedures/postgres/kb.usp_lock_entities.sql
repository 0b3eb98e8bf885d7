-- Purpose:     lock every entity that a transaction is going to touch, or whose bridges, facts or dimensions it is; internal.
-- Parameters:  p_run_id whose kb.stage_mention, kb.stage_change, kb.stage_touched and kb.stage_count say which.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: locks are held to the end of the transaction.
-- Names are locked before, but of an assertion whose mention was looked at again the other mentions' names are not: two
-- transactions may move the two ends of a bridge. Both lock both ends, here, once and in key order; what hangs on an
-- entity (aliases, bridges, facts, dimensions) is waited for nowhere else. An entity that is new cannot be seen by others.
CREATE OR REPLACE FUNCTION kb.usp_lock_entities(p_run_id uuid)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM 1 FROM kb.dim_entity AS e
    WHERE e.entity_id IN (
        WITH own AS (
            SELECT t.target_id AS entity_id FROM kb.stage_touched AS t WHERE t.run_id = p_run_id AND t.target_table = 'dim_entity'
            UNION
            SELECT s.entity_id FROM kb.stage_count AS s WHERE s.run_id = p_run_id
            UNION
            SELECT i.entity_id
            FROM kb.stage_mention AS m
            CROSS JOIN LATERAL (VALUES (CASE WHEN NOT m.is_new THEN m.new_entity_id END), (m.old_entity_id)) AS i (entity_id)
            WHERE m.run_id = p_run_id AND i.entity_id IS NOT NULL
            UNION
            SELECT r.entity_id
            FROM kb.stage_change AS c
            JOIN kb.resolution AS r ON r.assertion_id = c.assertion_id AND r.superseded_at IS NULL
            WHERE c.run_id = p_run_id AND c.change = 0
            UNION
            SELECT i.entity_id
            FROM kb.stage_change AS c
            JOIN kb.identity_decision AS d ON d.assertion_id = c.assertion_id
            CROSS JOIN LATERAL (VALUES (d.entity_id), (d.other_entity_id)) AS i (entity_id)
            WHERE c.run_id = p_run_id AND c.item_kind = 'decided_relation'
        )
        SELECT o.entity_id FROM own AS o
        UNION ALL
        SELECT kb.fn_master_entity(x.entity_id)
        FROM own AS o
        JOIN kb.dim_entity AS x ON x.entity_id = o.entity_id AND x.merged_into_entity_id IS NOT NULL)
    ORDER BY e.name_key, e.type_family, e.disambiguator
    FOR NO KEY UPDATE;
END
$$;
