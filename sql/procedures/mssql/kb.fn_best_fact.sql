-- Purpose:     the value of an attribute that counts where an entity has several.
-- Parameters:  @entity_id; @attribute_key.
-- Returns:     value, value_earliest, value_latest, value_precision of one live fact that is not suppressed; no row if
--              there is none: adjudicated first, then the most confident, the most often seen, the first in binary order.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER FUNCTION kb.fn_best_fact (@entity_id bigint, @attribute_key nvarchar(200))
RETURNS TABLE
AS RETURN (
    SELECT TOP (1) f.value, f.value_earliest, f.value_latest, f.value_precision
    FROM (
        -- Two look-ups: an OR would read all facts of that attribute.
        SELECT o.fact_attribute_id
        FROM kb.fact_attribute AS o
        WHERE o.entity_id = @entity_id AND o.attribute_key = @attribute_key AND o.decided_attribute_key IS NULL
        UNION ALL
        SELECT o.fact_attribute_id
        FROM kb.fact_attribute AS o
        WHERE o.entity_id = @entity_id AND o.decided_attribute_key = @attribute_key
    ) AS i
    JOIN kb.fact_attribute AS f ON f.fact_attribute_id = i.fact_attribute_id
    WHERE f.retracted_at IS NULL AND f.promotion_state <> N'suppressed'
    ORDER BY IIF(f.promotion_state = N'adjudicated', 0, 1), f.confidence DESC, f.observation_count DESC, f.value_key, f.unit_key,
        f.start_key, f.end_key, f.from_work_key, f.to_work_key, f.continuity_key
);
