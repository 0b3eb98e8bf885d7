-- Purpose:     what was decided about a fact, or about the one that it took the place of when its subject was merged;
--              internal.
-- Parameters:  p_run_id whose kb.stage_fact may hold the fact before its row is there; p_fact_attribute_id.
-- Returns:     decision and changes of the decision that counts; no row if there is none.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION kb.fn_fact_decision(p_run_id uuid, p_fact_attribute_id bigint)
RETURNS TABLE (decision text, changes jsonb)
LANGUAGE sql STABLE AS $$
    SELECT d.decision, d.changes
    FROM (
        SELECT b.entity_id, b.attribute_key, b.value_key, b.unit_key, b.start_key, b.end_key, b.from_work_key, b.to_work_key,
            b.continuity_key
        FROM kb.fact_attribute AS b WHERE b.fact_attribute_id = p_fact_attribute_id
        UNION
        SELECT g.entity_id, g.attribute_key, g.value_key, g.unit_key, g.start_key, g.end_key, g.from_work_key, g.to_work_key,
            g.continuity_key
        FROM kb.stage_fact AS g WHERE g.run_id = p_run_id AND g.fact_attribute_id = p_fact_attribute_id
    ) AS k
    JOIN LATERAL (SELECT m.entity_id FROM kb.fn_merge_group(k.entity_id) AS m) AS f ON true
    JOIN kb.fact_attribute AS o ON o.entity_id = f.entity_id AND o.attribute_key = k.attribute_key
        AND o.value_key = k.value_key AND o.unit_key = k.unit_key AND o.start_key = k.start_key AND o.end_key = k.end_key
        AND o.from_work_key = k.from_work_key AND o.to_work_key = k.to_work_key AND o.continuity_key = k.continuity_key
    JOIN kb.adjudication AS d ON d.kind = 'fact' AND d.target_id = o.fact_attribute_id AND d.undone_at IS NULL
    ORDER BY d.decided_as = 'person' DESC, d.adjudication_id DESC
    LIMIT 1;
$$;
