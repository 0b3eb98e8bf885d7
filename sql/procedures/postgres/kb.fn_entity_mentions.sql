-- Purpose:     what the live assertions of pages call an entity; internal.
-- Parameters:  p_entity_id, a master (what was merged into it counts too).
-- Returns:     one row an assertion that is evidence of the entity: name, type ('unknown' without one), type_family, confidence,
--              as kb.usp_rebuild_entities reads them. What jobs of many pages asserted is left out.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION kb.fn_entity_mentions(p_entity_id bigint)
RETURNS TABLE (name text, type text, type_family text, confidence numeric)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT n.name, n.type, n.type_family, a.confidence
    FROM kb.assertion_link AS l
    JOIN kb.assertion AS a ON a.assertion_id = l.assertion_id AND a.subject_key = ''
    CROSS JOIN LATERAL (
        SELECT m.name, coalesce(nullif(m.type, ''), 'unknown') AS type, r.type_family
        FROM kb.resolution AS r
        JOIN kb.fn_mentions(a.item_kind, a.keys, a.payload) AS m ON m.mention = r.mention
        WHERE r.assertion_id = a.assertion_id AND r.superseded_at IS NULL
          AND (r.entity_id = p_entity_id OR kb.fn_master_entity(r.entity_id) = p_entity_id)
        ORDER BY m.mention <> 'self', m.name COLLATE "C", m.mention
        LIMIT 1) AS n
    WHERE l.target_table = 'dim_entity' AND l.target_id = p_entity_id;
$$;
