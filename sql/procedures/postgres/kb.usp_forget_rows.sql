-- Purpose:     erase what retracted rows still say: nothing rests on them, and the page that they came from may be gone;
--              internal.
-- Parameters:  p_entity_ids whose rows are looked at.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: yes. Nobody routes meanwhile: the caller holds the lock.
-- A retracted row is only needed where somebody decided about it, for the decision holds when its evidence comes back: then
-- it stays while some assertion, retracted or not, says what it says, in the words of its key alone.
CREATE OR REPLACE FUNCTION kb.usp_forget_rows(p_entity_ids bigint[])
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM kb.entity_alias AS a WHERE a.retracted_at IS NOT NULL AND a.entity_id = ANY (p_entity_ids);
    DELETE FROM kb.dim_event AS d WHERE d.retracted_at IS NOT NULL AND d.event_id = ANY (p_entity_ids);
    DELETE FROM kb.dim_work AS d WHERE d.retracted_at IS NOT NULL AND d.work_id = ANY (p_entity_ids);
    DELETE FROM kb.dim_location AS d WHERE d.retracted_at IS NOT NULL AND d.location_id = ANY (p_entity_ids);
    DELETE FROM kb.dim_period AS d WHERE d.retracted_at IS NOT NULL AND d.period_id = ANY (p_entity_ids);
    DELETE FROM kb.dim_concept AS d WHERE d.retracted_at IS NOT NULL AND d.concept_id = ANY (p_entity_ids);
    DELETE FROM kb.dim_tag AS d WHERE d.retracted_at IS NOT NULL AND d.tag_id = ANY (p_entity_ids);

    DELETE FROM kb.fact_attribute AS f
    WHERE f.retracted_at IS NOT NULL AND f.entity_id = ANY (p_entity_ids)
      AND NOT (EXISTS (SELECT 1 FROM kb.adjudication AS d
                       WHERE d.kind = 'fact' AND d.target_id = f.fact_attribute_id AND d.undone_at IS NULL)
               AND EXISTS (
                   SELECT 1
                   FROM kb.fn_merge_group(kb.fn_master_entity(f.entity_id)) AS g
                   JOIN kb.resolution AS r ON r.entity_id = g.entity_id
                   JOIN kb.assertion AS a ON a.assertion_id = r.assertion_id
                   CROSS JOIN LATERAL kb.fn_facts(a.item_kind, a.keys, a.payload) AS s
                   WHERE s.mention = r.mention AND s.attribute_key = f.attribute_key AND s.value_key = f.value_key
                     AND s.unit_key = f.unit_key AND s.start_key = f.start_key AND s.end_key = f.end_key
                     AND s.from_work_key = f.from_work_key AND s.to_work_key = f.to_work_key
                     AND s.continuity_key = f.continuity_key));
    UPDATE kb.fact_attribute AS f
    SET attribute = f.attribute_key, value = f.value_key, unit = nullif(f.unit_key, ''), start_text = nullif(f.start_key, ''),
        end_text = nullif(f.end_key, ''), from_work = nullif(f.from_work_key, ''), to_work = nullif(f.to_work_key, ''),
        continuity = nullif(f.continuity_key, ''), decided_attribute_key = NULL
    WHERE f.retracted_at IS NOT NULL AND f.entity_id = ANY (p_entity_ids);

    DELETE FROM kb.bridge_entity_relation AS b
    WHERE b.retracted_at IS NOT NULL AND (b.from_entity_id = ANY (p_entity_ids) OR b.to_entity_id = ANY (p_entity_ids))
      AND NOT (EXISTS (SELECT 1 FROM kb.adjudication AS d
                       WHERE d.kind = 'relation' AND d.target_id = b.entity_relation_id AND d.undone_at IS NULL)
               AND EXISTS (
                   SELECT 1
                   FROM kb.fn_merge_group(kb.fn_master_entity(b.from_entity_id)) AS g
                   JOIN kb.resolution AS r ON r.entity_id = g.entity_id
                   JOIN kb.resolution AS o ON o.assertion_id = r.assertion_id
                   JOIN kb.assertion AS a ON a.assertion_id = r.assertion_id
                   CROSS JOIN LATERAL kb.fn_relations(a.item_kind, a.keys, a.payload) AS s
                   WHERE s.from_mention = r.mention AND s.to_mention = o.mention
                     AND o.entity_id IN (SELECT h.entity_id FROM kb.fn_merge_group(kb.fn_master_entity(b.to_entity_id)) AS h)
                     AND s.relation_key = b.relation_key AND s.start_key = b.start_key AND s.end_key = b.end_key
                     AND s.from_work_key = b.from_work_key AND s.to_work_key = b.to_work_key
                     AND s.continuity_key = b.continuity_key));
    UPDATE kb.bridge_entity_relation AS b
    SET relation_type = b.relation_key, start_text = nullif(b.start_key, ''), end_text = nullif(b.end_key, ''),
        from_work = nullif(b.from_work_key, ''), to_work = nullif(b.to_work_key, ''), continuity = nullif(b.continuity_key, ''),
        decided_relation_key = NULL
    WHERE b.retracted_at IS NOT NULL AND (b.from_entity_id = ANY (p_entity_ids) OR b.to_entity_id = ANY (p_entity_ids));

    -- What was merged into another entity keeps its own name, if something still gives it one.
    UPDATE kb.dim_entity AS e
    SET entity_name = coalesce(n.name, e.name_key), entity_type = coalesce(n.type, e.type_family), type_confidence = NULL,
        description = NULL, description_confidence = NULL, attributes = '[]', confidence = 0
    FROM unnest(p_entity_ids) AS i (entity_id)
    LEFT JOIN LATERAL (
        SELECT m.name, nullif(m.type, '') AS type
        FROM kb.resolution AS r
        JOIN kb.assertion AS a ON a.assertion_id = r.assertion_id
        JOIN LATERAL kb.fn_mentions(a.item_kind, a.keys, a.payload) AS m ON m.mention = r.mention
        WHERE r.entity_id = i.entity_id AND r.superseded_at IS NULL AND m.name <> ''
        ORDER BY a.confidence DESC, m.name COLLATE "C"
        LIMIT 1) AS n ON true
    WHERE e.entity_id = i.entity_id AND e.retracted_at IS NOT NULL AND e.forgotten_at IS NULL;
END
$$;
