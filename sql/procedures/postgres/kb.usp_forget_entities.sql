-- Purpose:     erase entities that nothing speaks of; internal.
-- Parameters:  p_entity_ids (kb.fn_unspoken_entities); p_now UTC.
-- Returns:     how many decisions were about them.
-- Errors:      none.
-- Idempotency: what is gone stays so. Nobody routes meanwhile: the caller holds the lock.
-- What was found to be one through an entity that goes stays one: what had been merged into it is merged into what it was
-- itself merged into, or else into the best attested of them. Decisions about all of them, or about a row that something else
-- supports too, are then about what took its place; the others are over. While there are any, the entity's row stays without
-- a name (forgotten_at), so that an audit sees that they were made.
CREATE OR REPLACE FUNCTION kb.usp_forget_entities(p_entity_ids bigint[], p_now timestamptz)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_others bigint[];
    v_loaded bigint[];
    v_id     bigint;
    v_parent bigint;
    v_master bigint;
    v_to     bigint[] := '{}';
    v_rows   jsonb;
    v_count  integer;
BEGIN
    IF cardinality(p_entity_ids) = 0 THEN
        RETURN 0;
    END IF;
    v_loaded := ARRAY (SELECT d.assertion_id FROM kb.identity_decision AS d
                       WHERE d.assertion_id IS NOT NULL AND (d.entity_id = ANY (p_entity_ids) OR d.other_entity_id = ANY (p_entity_ids)));
    PERFORM kb.usp_erase_assertions(v_loaded, p_now);
    PERFORM kb.usp_undo_adjudication(d.adjudication_id, 'page forget', p_now)
    FROM kb.identity_decision AS d
    WHERE d.undone_at IS NULL AND d.adjudication_id IS NOT NULL AND d.other_entity_id = ANY (p_entity_ids);
    v_others := ARRAY (
        SELECT DISTINCT g.entity_id
        FROM unnest(p_entity_ids) AS i (entity_id)
        CROSS JOIN LATERAL kb.fn_merge_group(kb.fn_master_entity(i.entity_id)) AS g
        WHERE g.entity_id <> ALL (p_entity_ids));

    FOREACH v_id IN ARRAY p_entity_ids LOOP
        v_parent := (SELECT e.merged_into_entity_id FROM kb.dim_entity AS e WHERE e.entity_id = v_id);
        v_master := coalesce(v_parent,
            (SELECT c.entity_id FROM kb.dim_entity AS c
             WHERE c.merged_into_entity_id = v_id
             ORDER BY c.entity_id = ANY (p_entity_ids),
                 (SELECT count(*) FROM kb.resolution AS r WHERE r.entity_id = c.entity_id AND r.superseded_at IS NULL) DESC,
                 c.name_key, c.type_family, c.disambiguator
             LIMIT 1));
        v_to := v_to || v_master;
        IF v_parent IS NULL AND v_master IS NOT NULL THEN
            UPDATE kb.adjudication AS a SET target_id = v_master
            WHERE a.kind = 'entity' AND a.target_id = v_id AND a.undone_at IS NULL AND a.decided_at >= (
                SELECT max(d.decided_at) FROM kb.identity_decision AS d
                WHERE d.kind = 'merge' AND d.undone_at IS NULL AND d.entity_id = v_master);
            UPDATE kb.identity_decision AS d
            SET entity_id = CASE d.entity_id WHEN v_id THEN v_master ELSE d.entity_id END,
                other_entity_id = CASE d.other_entity_id WHEN v_id THEN v_master ELSE d.other_entity_id END
            WHERE d.kind = 'distinct' AND d.undone_at IS NULL AND v_id IN (d.entity_id, d.other_entity_id)
              AND v_master NOT IN (d.entity_id, d.other_entity_id);
        END IF;
        UPDATE kb.identity_decision AS d SET undone_at = p_now, undone_by = 'page forget'
        WHERE d.kind = 'merge' AND d.undone_at IS NULL
          AND (d.entity_id = v_id OR d.entity_id = v_master AND d.other_entity_id = v_id);
        UPDATE kb.identity_decision AS d SET other_entity_id = v_master
        WHERE d.kind = 'merge' AND d.undone_at IS NULL AND d.other_entity_id = v_id AND v_master IS NOT NULL;
        UPDATE kb.dim_entity AS e
        SET merged_into_entity_id = nullif(v_master, e.entity_id),
            promotion_state = CASE WHEN e.entity_id = v_master THEN 'staged' ELSE e.promotion_state END, updated_at = p_now
        WHERE e.merged_into_entity_id = v_id;
        UPDATE kb.dim_entity AS e SET merged_into_entity_id = NULL WHERE e.entity_id = v_id;
    END LOOP;
    PERFORM kb.usp_rebuild_groups(v_others || p_entity_ids, p_now);
    PERFORM kb.usp_rebuild_row('entity', a.target_id, p_now)
    FROM (SELECT DISTINCT d.target_id FROM kb.adjudication AS d WHERE d.kind = 'entity' AND d.target_id = ANY (v_to)) AS a;

    WITH RECURSIVE step (entity_id, new_id) AS (
        SELECT i.entity_id, i.new_id FROM unnest(p_entity_ids, v_to) AS i (entity_id, new_id)
        UNION
        SELECT s.entity_id, i.new_id FROM step AS s JOIN unnest(p_entity_ids, v_to) AS i (entity_id, new_id) ON i.entity_id = s.new_id
    ), heir AS (
        SELECT s.entity_id, s.new_id FROM step AS s WHERE s.new_id <> ALL (p_entity_ids)
    ), moved AS (
        UPDATE kb.adjudication AS a SET target_id = n.id
        FROM (
            SELECT 'relation' AS kind, b.entity_relation_id AS old_id, k.entity_relation_id AS id
            FROM kb.bridge_entity_relation AS b
            LEFT JOIN heir AS f ON f.entity_id = b.from_entity_id
            LEFT JOIN heir AS t ON t.entity_id = b.to_entity_id
            JOIN kb.bridge_entity_relation AS k ON k.from_entity_id = coalesce(f.new_id, b.from_entity_id)
                AND k.to_entity_id = coalesce(t.new_id, b.to_entity_id) AND k.relation_key = b.relation_key
                AND k.start_key = b.start_key AND k.end_key = b.end_key AND k.from_work_key = b.from_work_key
                AND k.to_work_key = b.to_work_key AND k.continuity_key = b.continuity_key
            WHERE b.from_entity_id = ANY (p_entity_ids) OR b.to_entity_id = ANY (p_entity_ids)
            UNION ALL
            SELECT 'fact', b.fact_attribute_id, k.fact_attribute_id
            FROM kb.fact_attribute AS b
            JOIN heir AS f ON f.entity_id = b.entity_id
            JOIN kb.fact_attribute AS k ON k.entity_id = f.new_id AND k.attribute_key = b.attribute_key AND k.value_key = b.value_key
                AND k.unit_key = b.unit_key AND k.start_key = b.start_key AND k.end_key = b.end_key
                AND k.from_work_key = b.from_work_key AND k.to_work_key = b.to_work_key AND k.continuity_key = b.continuity_key
        ) AS n
        WHERE a.kind = n.kind AND a.target_id = n.old_id AND n.id <> n.old_id
        RETURNING a.kind, a.target_id
    )
    SELECT jsonb_agg(DISTINCT jsonb_build_object('kind', m.kind, 'id', m.target_id)) INTO v_rows FROM moved AS m;
    PERFORM kb.usp_rebuild_row(r.kind, r.id, p_now) FROM jsonb_to_recordset(coalesce(v_rows, '[]')) AS r (kind text, id bigint);

    UPDATE kb.identity_decision AS d
    SET undone_at = coalesce(d.undone_at, p_now), undone_by = coalesce(d.undone_by, 'page forget'), reason = NULL, relation_type = NULL
    WHERE d.entity_id = ANY (p_entity_ids) OR d.other_entity_id = ANY (p_entity_ids);
    GET DIAGNOSTICS v_count = ROW_COUNT;
    DELETE FROM kb.resolution AS r WHERE r.entity_id = ANY (p_entity_ids);
    DELETE FROM kb.identity_candidate AS c WHERE c.first_entity_id = ANY (p_entity_ids) OR c.second_entity_id = ANY (p_entity_ids);
    DELETE FROM kb.bridge_entity_relation AS b WHERE b.from_entity_id = ANY (p_entity_ids) OR b.to_entity_id = ANY (p_entity_ids);
    DELETE FROM kb.fact_attribute AS f WHERE f.entity_id = ANY (p_entity_ids);
    DELETE FROM kb.entity_alias AS a WHERE a.entity_id = ANY (p_entity_ids);
    UPDATE kb.dim_event AS d SET location_id = NULL WHERE d.location_id = ANY (p_entity_ids);
    UPDATE kb.dim_location AS d SET parent_location_id = NULL WHERE d.parent_location_id = ANY (p_entity_ids);
    DELETE FROM kb.dim_event AS d WHERE d.event_id = ANY (p_entity_ids);
    DELETE FROM kb.dim_work AS d WHERE d.work_id = ANY (p_entity_ids);
    DELETE FROM kb.dim_location AS d WHERE d.location_id = ANY (p_entity_ids);
    DELETE FROM kb.dim_period AS d WHERE d.period_id = ANY (p_entity_ids);
    DELETE FROM kb.dim_concept AS d WHERE d.concept_id = ANY (p_entity_ids);
    DELETE FROM kb.dim_tag AS d WHERE d.tag_id = ANY (p_entity_ids);
    DELETE FROM kb.dim_entity AS e
    WHERE e.entity_id = ANY (p_entity_ids)
      AND NOT EXISTS (SELECT 1 FROM kb.identity_decision AS d WHERE e.entity_id IN (d.entity_id, d.other_entity_id));
    UPDATE kb.dim_entity AS e SET moved_to_entity_id = NULL
    WHERE e.moved_to_entity_id = ANY (p_entity_ids) OR e.entity_id = ANY (p_entity_ids) AND e.moved_to_entity_id IS NOT NULL;
    -- No name has such a key: keys are lower case.
    UPDATE kb.dim_entity AS e
    SET name_key = 'FORGOTTEN ' || e.entity_id, type_family = 'unknown', disambiguator = '', entity_name = 'forgotten',
        entity_type = 'unknown', type_confidence = NULL, description = NULL, description_confidence = NULL, attributes = '[]',
        confidence = 0, observation_count = 0, mention_count = 0, promotion_state = 'suppressed', needs_review = false,
        undecided = NULL, retracted_at = coalesce(e.retracted_at, p_now), forgotten_at = p_now, updated_at = p_now
    WHERE e.entity_id = ANY (p_entity_ids);
    RETURN v_count;
END
$$;
