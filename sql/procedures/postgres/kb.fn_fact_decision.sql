-- Purpose:     what was decided about a fact, or about those that it took the place of when its subject was merged; internal.
-- Parameters:  p_run_id whose kb.stage_fact may hold the fact before its row is there; p_fact_attribute_id.
-- Returns:     decision and changes as kb.fn_standing_decision; decided_attribute_key, null unless the attribute was named
--              otherwise; the days of the start and the end that were set; no row if there is none, or the id is null.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION kb.fn_fact_decision(p_run_id uuid, p_fact_attribute_id bigint)
RETURNS TABLE (decision text, changes jsonb, decided_attribute_key text, start_earliest date, start_latest date,
    start_precision text, end_earliest date, end_latest date, end_precision text)
LANGUAGE plpgsql STABLE STRICT ROWS 1 AS $$
DECLARE
    v_key   record;
    v_group bigint[];
    v_ids   bigint[] := ARRAY[p_fact_attribute_id];
BEGIN
    SELECT b.entity_id, b.attribute_key, b.value_key, b.unit_key, b.start_key, b.end_key, b.from_work_key, b.to_work_key,
        b.continuity_key INTO v_key
    FROM kb.fact_attribute AS b WHERE b.fact_attribute_id = p_fact_attribute_id;
    IF NOT FOUND THEN
        SELECT g.entity_id, g.attribute_key, g.value_key, g.unit_key, g.start_key, g.end_key, g.from_work_key, g.to_work_key,
            g.continuity_key INTO v_key
        FROM kb.stage_fact AS g WHERE g.run_id = p_run_id AND g.fact_attribute_id = p_fact_attribute_id LIMIT 1;
    END IF;
    v_group := ARRAY (SELECT m.entity_id FROM kb.fn_merge_group(v_key.entity_id) AS m);
    IF cardinality(v_group) > 1 THEN
        v_ids := v_ids || ARRAY (
            SELECT o.fact_attribute_id
            FROM kb.fact_attribute AS o
            WHERE o.entity_id = ANY (v_group) AND o.attribute_key = v_key.attribute_key AND o.value_key = v_key.value_key
              AND o.unit_key = v_key.unit_key AND o.start_key = v_key.start_key AND o.end_key = v_key.end_key
              AND o.from_work_key = v_key.from_work_key AND o.to_work_key = v_key.to_work_key
              AND o.continuity_key = v_key.continuity_key);
    END IF;
    RETURN QUERY
    SELECT d.decision, d.changes, kb.fn_bounded_key(d.changes ->> 'attribute_key', 200), s.earliest, s.latest, s.time_precision,
        e.earliest, e.latest, e.time_precision
    FROM kb.fn_standing_decision('fact', v_ids) AS d
    CROSS JOIN LATERAL kb.fn_time_bound(d.changes ->> 'start') AS s
    CROSS JOIN LATERAL kb.fn_time_bound(d.changes ->> 'end') AS e;
END
$$;
