-- Purpose:     the other end of a bridge that counts where an entity has several.
-- Parameters:  p_entity_id the from end; p_relation_key.
-- Returns:     entity_id of one live bridge that is not suppressed and no loop; no row if there is none: adjudicated first,
--              then the most confident, the most often seen, the first name in "C" order.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION kb.fn_best_relation(p_entity_id bigint, p_relation_key text)
RETURNS TABLE (entity_id bigint)
LANGUAGE sql STABLE AS $$
    SELECT b.to_entity_id
    FROM (
        SELECT o.* FROM kb.bridge_entity_relation AS o
        WHERE o.from_entity_id = p_entity_id AND o.relation_key = p_relation_key AND o.decided_relation_key IS NULL
        UNION ALL
        SELECT o.* FROM kb.bridge_entity_relation AS o
        WHERE o.from_entity_id = p_entity_id AND o.decided_relation_key = p_relation_key
    ) AS b
    JOIN kb.dim_entity AS e ON e.entity_id = b.to_entity_id
    WHERE b.retracted_at IS NULL AND b.promotion_state <> 'suppressed' AND b.to_entity_id <> p_entity_id
    ORDER BY b.promotion_state = 'adjudicated' DESC, b.confidence DESC, b.observation_count DESC, e.name_key, e.type_family,
        e.disambiguator
    LIMIT 1;
$$;
