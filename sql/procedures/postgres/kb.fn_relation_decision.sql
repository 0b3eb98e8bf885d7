-- Purpose:     what was decided about a bridge, or about the one that it took the place of when an end was merged; internal.
-- Parameters:  p_run_id whose kb.stage_relation may hold the bridge before its row is there; p_entity_relation_id.
-- Returns:     decision and changes of the decision that counts; no row if there is none.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION kb.fn_relation_decision(p_run_id uuid, p_entity_relation_id bigint)
RETURNS TABLE (decision text, changes jsonb)
LANGUAGE sql STABLE AS $$
    SELECT d.decision, d.changes
    FROM (
        SELECT b.from_entity_id, b.to_entity_id, b.relation_key, b.start_key, b.end_key, b.from_work_key, b.to_work_key,
            b.continuity_key
        FROM kb.bridge_entity_relation AS b WHERE b.entity_relation_id = p_entity_relation_id
        UNION
        SELECT g.from_entity_id, g.to_entity_id, g.relation_key, g.start_key, g.end_key, g.from_work_key, g.to_work_key,
            g.continuity_key
        FROM kb.stage_relation AS g WHERE g.run_id = p_run_id AND g.entity_relation_id = p_entity_relation_id
    ) AS k
    JOIN LATERAL (SELECT m.entity_id FROM kb.fn_merge_group(k.from_entity_id) AS m) AS f ON true
    JOIN kb.bridge_entity_relation AS o ON o.from_entity_id = f.entity_id AND o.relation_key = k.relation_key
        AND o.start_key = k.start_key AND o.end_key = k.end_key AND o.from_work_key = k.from_work_key
        AND o.to_work_key = k.to_work_key AND o.continuity_key = k.continuity_key
    JOIN LATERAL (SELECT m.entity_id FROM kb.fn_merge_group(k.to_entity_id) AS m WHERE m.entity_id = o.to_entity_id) AS t ON true
    JOIN kb.adjudication AS d ON d.kind = 'relation' AND d.target_id = o.entity_relation_id AND d.undone_at IS NULL
    ORDER BY d.decided_as = 'person' DESC, d.adjudication_id DESC
    LIMIT 1;
$$;
