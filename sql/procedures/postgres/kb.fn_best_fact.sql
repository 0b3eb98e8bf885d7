-- Purpose:     the value of an attribute that counts where an entity has several.
-- Parameters:  p_entity_id; p_attribute_key.
-- Returns:     value, value_earliest, value_latest, value_precision of one live fact that is not suppressed; no row if
--              there is none: adjudicated first, then the most confident, the most often seen, the first in "C" order.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION kb.fn_best_fact(p_entity_id bigint, p_attribute_key text)
RETURNS TABLE (value text, value_earliest date, value_latest date, value_precision text)
LANGUAGE sql STABLE AS $$
    SELECT f.value, f.value_earliest, f.value_latest, f.value_precision
    FROM (
        -- Two look-ups: an OR would read all facts of that attribute.
        SELECT o.* FROM kb.fact_attribute AS o
        WHERE o.entity_id = p_entity_id AND o.attribute_key = p_attribute_key AND o.decided_attribute_key IS NULL
        UNION ALL
        SELECT o.* FROM kb.fact_attribute AS o
        WHERE o.entity_id = p_entity_id AND o.decided_attribute_key = p_attribute_key
    ) AS f
    WHERE f.retracted_at IS NULL AND f.promotion_state <> 'suppressed'
    ORDER BY f.promotion_state = 'adjudicated' DESC, f.confidence DESC, f.observation_count DESC, f.value_key, f.unit_key,
        f.start_key, f.end_key, f.from_work_key, f.to_work_key, f.continuity_key
    LIMIT 1;
$$;
