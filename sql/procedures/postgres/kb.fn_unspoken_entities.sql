-- Purpose:     which of some entities nothing speaks of, nor ever did; internal, for erasing.
-- Parameters:  p_entity_ids.
-- Returns:     the entity ids, in order.
-- Errors:      none.
-- Idempotency: reads only.
-- A mention without a type only follows what others say the type is, and a relation that was decided between two entities
-- only follows that they are there. The two ends of a split stay while pages are told to speak of one of them and their name
-- is known from elsewhere.
CREATE OR REPLACE FUNCTION kb.fn_unspoken_entities(p_entity_ids bigint[])
RETURNS bigint[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH unspoken AS (
        SELECT e.entity_id, e.name_key
        FROM kb.dim_entity AS e
        WHERE e.entity_id = ANY (p_entity_ids) AND e.forgotten_at IS NULL
          AND NOT EXISTS (
              SELECT 1 FROM kb.resolution AS r
              WHERE r.entity_id IN (e.entity_id, e.moved_to_entity_id) AND (r.type_family <> 'unknown' OR e.type_family = 'unknown')
                AND NOT EXISTS (SELECT 1 FROM kb.identity_decision AS d WHERE d.assertion_id = r.assertion_id))
    )
    SELECT coalesce(array_agg(u.entity_id ORDER BY u.entity_id), '{}')
    FROM unspoken AS u
    WHERE NOT EXISTS (
        SELECT 1
        FROM kb.identity_decision AS d
        JOIN kb.identity_split_page AS p ON p.identity_decision_id = d.identity_decision_id
        WHERE d.kind = 'split' AND d.undone_at IS NULL AND u.entity_id IN (d.entity_id, d.other_entity_id)
          AND EXISTS (SELECT 1 FROM kb.resolution AS r WHERE r.name_key = u.name_key
                      AND NOT EXISTS (SELECT 1 FROM kb.identity_decision AS l WHERE l.assertion_id = r.assertion_id)));
$$;
