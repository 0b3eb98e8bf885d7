-- Purpose:     the bridges whose to end is a location; role is the raw relation or role, entity_relation_id the row's id
--              in kb.bridge_entity_relation.
-- Columns:     entity_relation_id, entity_id, location_id, role, role_key, its key parts and what they stand for, confidence,
--              observation_count, promotion_state, needs_review.
CREATE OR ALTER VIEW kb.bridge_entity_location AS
SELECT b.entity_relation_id, b.from_entity_id AS entity_id, b.to_entity_id AS location_id, b.relation_type AS role,
    COALESCE(b.decided_relation_key, b.relation_key) AS role_key, b.start_text, b.start_earliest, b.start_latest, b.start_precision, b.end_text,
    b.end_earliest, b.end_latest, b.end_precision, b.from_work, b.to_work, b.continuity, b.confidence, b.observation_count,
    b.promotion_state, b.needs_review
FROM kb.bridge_entity_relation AS b
JOIN kb.dim_location AS d ON d.location_id = b.to_entity_id AND d.retracted_at IS NULL
WHERE b.retracted_at IS NULL;
