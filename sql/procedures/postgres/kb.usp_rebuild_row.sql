-- Purpose:     recompute one derived row from all that supports it and what was decided about it, or what rests on an assertion
--              without evidence; internal.
-- Parameters:  p_kind 'entity', 'relation', 'fact', 'page_classification' or 'assertion'; p_id; p_now UTC.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: a row whose values are right is not written. Nobody routes meanwhile: the caller holds the lock.
CREATE OR REPLACE FUNCTION kb.usp_rebuild_row(p_kind text, p_id bigint, p_now timestamptz)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_run_id uuid := gen_random_uuid();
BEGIN
    IF p_kind = 'assertion' THEN
        INSERT INTO kb.stage_change (run_id, assertion_id, item_kind, change)
        SELECT v_run_id, j.assertion_id, j.item_kind, j.change FROM kb.usp_judge_ungrounded(p_id) AS j;
        PERFORM kb.usp_rebuild(v_run_id, p_now);
        RETURN;
    END IF;
    -- A decision about a row holds for the one that takes its place when an end is merged, or a new version of the page read.
    INSERT INTO kb.stage_touched (run_id, target_table, target_id, assertion_id, change)
    SELECT v_run_id, CASE p_kind WHEN 'entity' THEN 'dim_entity' WHEN 'relation' THEN 'bridge_entity_relation'
        WHEN 'fact' THEN 'fact_attribute' ELSE p_kind END, t.id, 0, 0
    FROM (
        SELECT p_id AS id
        UNION
        SELECT e.moved_to_entity_id FROM kb.dim_entity AS e
        WHERE p_kind = 'entity' AND e.entity_id = p_id AND e.moved_to_entity_id IS NOT NULL
        UNION
        SELECT v.page_classification_id FROM kb.fn_classification_versions(p_id) AS v WHERE p_kind = 'page_classification'
        UNION
        SELECT n.entity_relation_id
        FROM kb.bridge_entity_relation AS b
        JOIN kb.bridge_entity_relation AS n ON n.from_entity_id = kb.fn_master_entity(b.from_entity_id)
            AND n.to_entity_id = kb.fn_master_entity(b.to_entity_id) AND n.relation_key = b.relation_key AND n.start_key = b.start_key
            AND n.end_key = b.end_key AND n.from_work_key = b.from_work_key AND n.to_work_key = b.to_work_key
            AND n.continuity_key = b.continuity_key
        WHERE p_kind = 'relation' AND b.entity_relation_id = p_id
        UNION
        SELECT n.fact_attribute_id
        FROM kb.fact_attribute AS b
        JOIN kb.fact_attribute AS n ON n.entity_id = kb.fn_master_entity(b.entity_id) AND n.attribute_key = b.attribute_key
            AND n.value_key = b.value_key AND n.unit_key = b.unit_key AND n.start_key = b.start_key AND n.end_key = b.end_key
            AND n.from_work_key = b.from_work_key AND n.to_work_key = b.to_work_key AND n.continuity_key = b.continuity_key
        WHERE p_kind = 'fact' AND b.fact_attribute_id = p_id
    ) AS t;
    -- The dimension of an entity may rest on what a relation or fact is called now.
    INSERT INTO kb.stage_touched (run_id, target_table, target_id, assertion_id, change)
    SELECT v_run_id, 'dim_location', o.entity_id, 0, 0
    FROM kb.stage_touched AS t
    CROSS JOIN LATERAL (
        SELECT b.from_entity_id AS entity_id FROM kb.bridge_entity_relation AS b
        WHERE p_kind = 'relation' AND b.entity_relation_id = t.target_id
        UNION ALL
        SELECT f.entity_id FROM kb.fact_attribute AS f WHERE p_kind = 'fact' AND f.fact_attribute_id = t.target_id
    ) AS o
    WHERE t.run_id = v_run_id;
    PERFORM kb.usp_rebuild(v_run_id, p_now);
END
$$;
