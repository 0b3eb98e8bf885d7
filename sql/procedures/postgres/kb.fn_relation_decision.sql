-- Purpose:     what was decided about a bridge, or about those that it took the place of when an end was merged; internal.
-- Parameters:  p_run_id whose kb.stage_relation may hold the bridge before its row is there; p_entity_relation_id.
-- Returns:     decision and changes as kb.fn_standing_decision; decided_relation_key, null unless the relation was named
--              otherwise; the days of the start and the end that were set; no row if there is none, or the id is null.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION kb.fn_relation_decision(p_run_id uuid, p_entity_relation_id bigint)
RETURNS TABLE (decision text, changes jsonb, decided_relation_key text, start_earliest date, start_latest date,
    start_precision text, end_earliest date, end_latest date, end_precision text)
LANGUAGE plpgsql STABLE STRICT ROWS 1 AS $$
DECLARE
    v_key  record;
    v_from bigint[];
    v_to   bigint[];
    v_ids  bigint[] := ARRAY[p_entity_relation_id];
BEGIN
    SELECT b.from_entity_id, b.to_entity_id, b.relation_key, b.start_key, b.end_key, b.from_work_key, b.to_work_key,
        b.continuity_key INTO v_key
    FROM kb.bridge_entity_relation AS b WHERE b.entity_relation_id = p_entity_relation_id;
    IF NOT FOUND THEN
        SELECT g.from_entity_id, g.to_entity_id, g.relation_key, g.start_key, g.end_key, g.from_work_key, g.to_work_key,
            g.continuity_key INTO v_key
        FROM kb.stage_relation AS g WHERE g.run_id = p_run_id AND g.entity_relation_id = p_entity_relation_id LIMIT 1;
    END IF;
    v_from := ARRAY (SELECT m.entity_id FROM kb.fn_merge_group(v_key.from_entity_id) AS m);
    v_to := ARRAY (SELECT m.entity_id FROM kb.fn_merge_group(v_key.to_entity_id) AS m);
    IF cardinality(v_from) > 1 OR cardinality(v_to) > 1 THEN
        v_ids := v_ids || ARRAY (
            SELECT o.entity_relation_id
            FROM kb.bridge_entity_relation AS o
            WHERE o.from_entity_id = ANY (v_from) AND o.to_entity_id = ANY (v_to) AND o.relation_key = v_key.relation_key
              AND o.start_key = v_key.start_key AND o.end_key = v_key.end_key AND o.from_work_key = v_key.from_work_key
              AND o.to_work_key = v_key.to_work_key AND o.continuity_key = v_key.continuity_key);
    END IF;
    RETURN QUERY
    SELECT d.decision, d.changes, kb.fn_bounded_key(d.changes ->> 'relation_type_key', 300), s.earliest, s.latest,
        s.time_precision, e.earliest, e.latest, e.time_precision
    FROM kb.fn_standing_decision('relation', v_ids) AS d
    CROSS JOIN LATERAL kb.fn_time_bound(d.changes ->> 'start') AS s
    CROSS JOIN LATERAL kb.fn_time_bound(d.changes ->> 'end') AS e;
END
$$;
