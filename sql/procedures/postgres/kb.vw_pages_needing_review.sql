-- Purpose:     pages with something that waits for a person, the most first; a pair is on every page of its two entities.
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
    UNION ALL
    SELECT a.source_page_id
    FROM kb.identity_candidate AS c
    JOIN kb.assertion_link AS l ON l.target_table = 'dim_entity'
        AND l.target_id IN (kb.fn_master_entity(c.first_entity_id), kb.fn_master_entity(c.second_entity_id))
    JOIN kb.assertion AS a ON a.assertion_id = l.assertion_id
    WHERE r.kind = 'pair' AND c.identity_candidate_id = r.id
) AS p ON true
JOIN ingest.source_page AS s ON s.source_page_id = p.source_page_id
GROUP BY s.source_page_id, s.source_system, s.external_id, s.title;
