-- Purpose:     what a tag is assigned to: entities, pages and the chunks that speak for it.
-- Columns:     tag_id, target_kind ('entity', 'page', 'chunk'), target_id (an entity or a page), chunk_index of a chunk,
--              confidence (0..1), observation_count.
CREATE OR ALTER VIEW kb.bridge_tag_assignment AS
SELECT b.to_entity_id AS tag_id, N'entity' AS target_kind, b.from_entity_id AS target_id, CONVERT(int, NULL) AS chunk_index,
    MAX(b.confidence) AS confidence, SUM(b.observation_count) AS observation_count
FROM kb.bridge_entity_relation AS b
JOIN kb.dim_tag AS t ON t.tag_id = b.to_entity_id AND t.retracted_at IS NULL
WHERE ((b.relation_key = N'tagged' AND b.decided_relation_key IS NULL) OR b.decided_relation_key = N'tagged') AND b.retracted_at IS NULL
GROUP BY b.to_entity_id, b.from_entity_id
UNION ALL
SELECT t.tag_id, k.target_kind, a.source_page_id, k.chunk_index, MAX(a.confidence), COUNT(DISTINCT a.assertion_id)
FROM kb.dim_tag AS t
JOIN kb.assertion_link AS l ON l.target_table = N'dim_tag' AND l.target_id = t.tag_id
JOIN kb.assertion AS a ON a.assertion_id = l.assertion_id AND a.retracted_at IS NULL
JOIN kb.resolution AS r ON r.assertion_id = a.assertion_id AND r.superseded_at IS NULL
    AND (r.mention = N'self' OR r.mention LIKE N'tag:%') AND (r.entity_id = t.tag_id OR kb.fn_master_entity(r.entity_id) = t.tag_id)
OUTER APPLY OPENJSON(a.keys) WITH (entity_key nvarchar(max) '$.entity_key') AS n
CROSS APPLY (VALUES (N'page', CONVERT(int, NULL)), (N'chunk', a.chunk_index)) AS k (target_kind, chunk_index)
WHERE t.retracted_at IS NULL
  AND ((a.item_kind = N'page_classification' AND k.target_kind = N'page')
       OR (a.item_kind = N'tag' AND COALESCE(n.entity_key, N'') COLLATE Latin1_General_100_BIN2 = N''))
GROUP BY t.tag_id, k.target_kind, a.source_page_id, k.chunk_index;
