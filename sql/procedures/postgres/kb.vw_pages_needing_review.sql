-- Purpose:     pages with something that waits for a person, the most first.
-- Columns:     source_page_id, source_system, external_id, title, waiting (rows), lowest_confidence (0..1).
CREATE OR REPLACE VIEW kb.vw_pages_needing_review AS
SELECT s.source_page_id, s.source_system, s.external_id, s.title, count(DISTINCT (r.kind, r.id)) AS waiting,
    min(r.confidence) AS lowest_confidence
FROM kb.vw_needs_review AS r
JOIN LATERAL (
    SELECT a.source_page_id
    FROM kb.assertion_link AS l
    JOIN kb.assertion AS a ON a.assertion_id = l.assertion_id
    WHERE l.target_id = r.id AND l.target_table = CASE r.kind WHEN 'entity' THEN 'dim_entity'
        WHEN 'relation' THEN 'bridge_entity_relation' WHEN 'fact' THEN 'fact_attribute' WHEN 'page_classification' THEN 'page_classification' END
    UNION ALL
    SELECT a.source_page_id FROM kb.assertion AS a WHERE r.kind = 'assertion' AND a.assertion_id = r.id
) AS p ON true
JOIN ingest.source_page AS s ON s.source_page_id = p.source_page_id
GROUP BY s.source_page_id, s.source_system, s.external_id, s.title;
