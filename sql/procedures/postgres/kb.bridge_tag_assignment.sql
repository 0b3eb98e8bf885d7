-- Purpose:     what a tag is assigned to: entities, pages and the chunks that speak for it.
-- Columns:     tag_id, target_kind ('entity', 'page', 'chunk'), target_id (an entity or a page), chunk_index of a chunk,
--              confidence (0..1), observation_count.
CREATE OR REPLACE VIEW kb.bridge_tag_assignment AS
SELECT b.to_entity_id AS tag_id, 'entity'::text AS target_kind, b.from_entity_id AS target_id, NULL::integer AS chunk_index,
    max(b.confidence) AS confidence, sum(b.observation_count)::integer AS observation_count
FROM kb.bridge_entity_relation AS b
JOIN kb.dim_tag AS t ON t.tag_id = b.to_entity_id AND t.retracted_at IS NULL
WHERE (b.relation_key = 'tagged' AND b.decided_relation_key IS NULL OR b.decided_relation_key = 'tagged') AND b.retracted_at IS NULL
GROUP BY b.to_entity_id, b.from_entity_id
UNION ALL
SELECT t.tag_id, k.target_kind, a.source_page_id, CASE k.target_kind WHEN 'chunk' THEN a.chunk_index END, max(a.confidence),
    count(DISTINCT a.assertion_id)::integer
FROM kb.dim_tag AS t
JOIN kb.assertion_link AS l ON l.target_table = 'dim_tag' AND l.target_id = t.tag_id
JOIN kb.assertion AS a ON a.assertion_id = l.assertion_id AND a.retracted_at IS NULL
JOIN kb.resolution AS r ON r.assertion_id = a.assertion_id AND r.superseded_at IS NULL
    AND (r.mention = 'self' OR r.mention LIKE 'tag:%') AND (r.entity_id = t.tag_id OR kb.fn_master_entity(r.entity_id) = t.tag_id)
CROSS JOIN (VALUES ('page'), ('chunk')) AS k (target_kind)
WHERE t.retracted_at IS NULL
  AND (a.item_kind = 'page_classification' AND k.target_kind = 'page'
       OR a.item_kind = 'tag' AND coalesce(a.keys ->> 'entity_key', '') = '')
GROUP BY t.tag_id, k.target_kind, a.source_page_id, CASE k.target_kind WHEN 'chunk' THEN a.chunk_index END;
