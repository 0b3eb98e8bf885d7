-- Purpose:     which tag is broader than which.
-- Columns:     entity_relation_id, from_tag_id, to_tag_id, relation_type, relation_key, confidence, observation_count,
--              promotion_state, needs_review.
CREATE OR ALTER VIEW kb.bridge_tag_relation AS
SELECT b.entity_relation_id, b.from_entity_id AS from_tag_id, b.to_entity_id AS to_tag_id, b.relation_type,
    COALESCE(b.decided_relation_key, b.relation_key) AS relation_key, b.confidence, b.observation_count, b.promotion_state, b.needs_review
FROM kb.bridge_entity_relation AS b
JOIN kb.dim_tag AS f ON f.tag_id = b.from_entity_id AND f.retracted_at IS NULL
JOIN kb.dim_tag AS t ON t.tag_id = b.to_entity_id AND t.retracted_at IS NULL
WHERE b.retracted_at IS NULL;
