-- Purpose:     read the pairs of entities that were decided about, as what they moved to if their family changed.
-- Parameters:  none.
-- Returns:     first_entity_id, second_entity_id, decision (merge, relate, distinct, suppress). A merge that somebody took
--              back says that the two are not one.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION kb.usp_list_decided_pairs()
RETURNS TABLE (first_entity_id bigint, second_entity_id bigint, decision text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT DISTINCT ON (1, 2) least(f.entity_id, o.entity_id), greatest(f.entity_id, o.entity_id),
        CASE WHEN d.kind = 'merge' AND d.undone_at IS NOT NULL THEN 'distinct' ELSE d.kind END
    FROM kb.identity_decision AS d
    JOIN LATERAL (SELECT coalesce(e.moved_to_entity_id, e.entity_id) AS entity_id FROM kb.dim_entity AS e
                  WHERE e.entity_id = d.entity_id) AS f ON true
    JOIN LATERAL (SELECT coalesce(e.moved_to_entity_id, e.entity_id) AS entity_id FROM kb.dim_entity AS e
                  WHERE e.entity_id = d.other_entity_id) AS o ON true
    WHERE f.entity_id <> o.entity_id AND d.kind IN ('merge', 'relate', 'distinct', 'suppress')
      AND (d.undone_at IS NULL OR d.kind = 'merge')
    ORDER BY 1, 2, d.undone_at IS NULL DESC, d.identity_decision_id DESC;
$$;
