-- Purpose:     bring the dimension rows (kb.dim_event ...) of the entities that changed to what their entities, facts and
--              bridges say; internal.
-- Parameters:  p_run_id whose entities, bridges and facts are rebuilt; p_now UTC.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: a row whose values are right is not written.
-- An entity has the dimension of its family (kb.type_family), and the one that a live assertion shows it to have (an
-- event's location is a location whatever else it is). Times, release and canon status are those of the best fact, the
-- place and the parent those of the best bridge: adjudicated first, then the most confident, the most often seen, the first
-- in "C" order. Facts and bridges of one entity may change in two transactions at once, but the second has waited for the
-- entity (kb.usp_lock_entities) and looks after the first has ended.
CREATE OR REPLACE FUNCTION kb.usp_rebuild_dimensions(p_run_id uuid, p_now timestamptz)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    WITH shown AS MATERIALIZED (
        SELECT m.assertion_id, m.dimension, m.new_entity_id
        FROM kb.stage_mention AS m
        WHERE m.run_id = p_run_id AND m.dimension <> ''
    )
    INSERT INTO kb.stage_link (run_id, target_table, target_id, assertion_id)
    SELECT DISTINCT p_run_id, 'dim_' || s.dimension, CASE WHEN e.merged_into_entity_id IS NULL THEN e.entity_id
        ELSE kb.fn_master_entity(e.entity_id) END, s.assertion_id
    FROM shown AS s
    JOIN kb.stage_change AS c ON c.run_id = p_run_id AND c.assertion_id = s.assertion_id AND c.change = 1
    JOIN kb.dim_entity AS e ON e.entity_id = s.new_entity_id;
    -- Of what is looked at again not every mention may be staged.
    IF EXISTS (SELECT 1 FROM kb.stage_change AS c WHERE c.run_id = p_run_id AND c.change = 0) THEN
        INSERT INTO kb.stage_link (run_id, target_table, target_id, assertion_id)
        SELECT DISTINCT p_run_id, 'dim_' || m.dimension, CASE WHEN e.merged_into_entity_id IS NULL THEN e.entity_id
            ELSE kb.fn_master_entity(e.entity_id) END, c.assertion_id
        FROM kb.stage_change AS c
        JOIN kb.assertion AS a ON a.assertion_id = c.assertion_id AND a.retracted_at IS NULL
        CROSS JOIN LATERAL kb.fn_mentions(a.item_kind, a.keys, a.payload) AS m
        JOIN kb.resolution AS r ON r.assertion_id = c.assertion_id AND r.mention = m.mention AND r.superseded_at IS NULL
        JOIN kb.dim_entity AS e ON e.entity_id = r.entity_id
        WHERE c.run_id = p_run_id AND c.change = 0 AND m.dimension <> '' AND c.item_kind NOT IN ('entity');
    END IF;
    PERFORM kb.usp_sync_links(p_run_id, d.target_table)
    FROM (VALUES ('dim_event'), ('dim_work'), ('dim_location'), ('dim_period'), ('dim_concept'), ('dim_tag')) AS d (target_table)
    WHERE EXISTS (SELECT 1 FROM kb.stage_change AS c WHERE c.run_id = p_run_id AND c.item_kind <> 'entity'
                  AND (c.change <= 0 OR EXISTS (SELECT 1 FROM kb.stage_link AS s WHERE s.run_id = p_run_id AND s.target_table = d.target_table)));

    INSERT INTO kb.stage_dimension (run_id, entity_id)
    SELECT p_run_id, e.entity_id
    FROM (SELECT t.target_id, bool_or(t.change = 0) AS is_again
          FROM kb.stage_touched AS t
          WHERE t.run_id = p_run_id AND t.target_table = 'dim_entity'
          GROUP BY t.target_id) AS o
    JOIN kb.dim_entity AS e ON e.entity_id = o.target_id
    WHERE (EXISTS (SELECT 1 FROM kb.type_family AS f WHERE f.family = e.type_family)
           OR EXISTS (SELECT 1 FROM kb.assertion_link AS l WHERE l.target_table IN ('dim_event', 'dim_work', 'dim_location',
                          'dim_period', 'dim_concept', 'dim_tag') AND l.target_id = e.entity_id)
           -- A family may have lost its dimension.
           OR o.is_again AND (
               EXISTS (SELECT 1 FROM kb.dim_event AS d WHERE d.event_id = e.entity_id)
               OR EXISTS (SELECT 1 FROM kb.dim_work AS d WHERE d.work_id = e.entity_id)
               OR EXISTS (SELECT 1 FROM kb.dim_location AS d WHERE d.location_id = e.entity_id)
               OR EXISTS (SELECT 1 FROM kb.dim_period AS d WHERE d.period_id = e.entity_id)
               OR EXISTS (SELECT 1 FROM kb.dim_concept AS d WHERE d.concept_id = e.entity_id)
               OR EXISTS (SELECT 1 FROM kb.dim_tag AS d WHERE d.tag_id = e.entity_id)))
    UNION
    SELECT t.run_id, t.target_id
    FROM kb.stage_touched AS t
    WHERE t.run_id = p_run_id AND t.target_table LIKE 'dim\_%' AND t.target_table <> 'dim_entity'
    UNION
    SELECT t.run_id, b.from_entity_id
    FROM kb.stage_touched AS t
    JOIN kb.bridge_entity_relation AS b ON b.entity_relation_id = t.target_id AND (b.relation_key IN ('location', 'part_of')
        OR b.decided_relation_key IN ('location', 'part_of'))
    WHERE t.run_id = p_run_id AND t.target_table = 'bridge_entity_relation'
    UNION
    SELECT t.run_id, f.entity_id
    FROM kb.stage_touched AS t
    JOIN kb.fact_attribute AS f ON f.fact_attribute_id = t.target_id
        AND (f.attribute_key IN ('start', 'end', 'release_date', 'canon_status')
             OR f.decided_attribute_key IN ('start', 'end', 'release_date', 'canon_status'))
    WHERE t.run_id = p_run_id AND t.target_table = 'fact_attribute';
    IF NOT FOUND THEN
        RETURN;
    END IF;

    PERFORM kb.usp_rebuild_events(p_run_id, p_now), kb.usp_rebuild_works(p_run_id, p_now), kb.usp_rebuild_locations(p_run_id, p_now),
        kb.usp_rebuild_periods(p_run_id, p_now), kb.usp_rebuild_concepts(p_run_id, p_now), kb.usp_rebuild_tags(p_run_id, p_now);
END
$$;
