-- Purpose:     the other end of a bridge that counts where an entity has several.
-- Parameters:  @entity_id the from end; @relation_key.
-- Returns:     entity_id of one live bridge that is not suppressed and no loop; no row if there is none: adjudicated first,
--              then the most confident, the most often seen, the first name in binary order.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER FUNCTION kb.fn_best_relation (@entity_id bigint, @relation_key nvarchar(300))
RETURNS TABLE
AS RETURN (
    SELECT TOP (1) b.to_entity_id AS entity_id
    FROM (
        SELECT o.entity_relation_id
        FROM kb.bridge_entity_relation AS o
        WHERE o.from_entity_id = @entity_id AND o.relation_key = @relation_key AND o.decided_relation_key IS NULL
        UNION ALL
        SELECT o.entity_relation_id
        FROM kb.bridge_entity_relation AS o
        WHERE o.from_entity_id = @entity_id AND o.decided_relation_key = @relation_key
    ) AS i
    JOIN kb.bridge_entity_relation AS b ON b.entity_relation_id = i.entity_relation_id
    JOIN kb.dim_entity AS e ON e.entity_id = b.to_entity_id
    WHERE b.retracted_at IS NULL AND b.promotion_state <> N'suppressed' AND b.to_entity_id <> @entity_id
    ORDER BY IIF(b.promotion_state = N'adjudicated', 0, 1), b.confidence DESC, b.observation_count DESC, e.name_key, e.type_family,
        e.disambiguator
);
