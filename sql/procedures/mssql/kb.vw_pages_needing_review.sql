-- Purpose:     pages with something that waits for a person, the most first; a pair is on every page of its two entities.
-- Columns:     source_page_id, source_system, external_id, title, waiting (rows), lowest_confidence (0..1).
CREATE OR ALTER VIEW kb.vw_pages_needing_review AS
SELECT s.source_page_id, s.source_system, s.external_id, s.title, w.waiting, w.lowest_confidence
FROM (
    SELECT p.source_page_id, CONVERT(bigint, COUNT(DISTINCT CONCAT(r.kind, N':', r.id))) AS waiting, MIN(r.confidence) AS lowest_confidence
    FROM kb.vw_needs_review AS r
    CROSS APPLY (
        SELECT a.source_page_id
        FROM kb.assertion_link AS l
        JOIN kb.assertion AS a ON a.assertion_id = l.assertion_id
        WHERE l.target_id = r.id AND l.target_table = CASE r.kind WHEN N'entity' THEN N'dim_entity'
            WHEN N'relation' THEN N'bridge_entity_relation' WHEN N'fact' THEN N'fact_attribute'
            WHEN N'page_classification' THEN N'page_classification' END
        UNION ALL
        SELECT a.source_page_id FROM kb.assertion AS a WHERE r.kind = N'assertion' AND a.assertion_id = r.id
        UNION ALL
        SELECT a.source_page_id
        FROM kb.identity_candidate AS c
        JOIN kb.assertion_link AS l ON l.target_table = N'dim_entity'
            AND l.target_id IN (kb.fn_master_entity(c.first_entity_id), kb.fn_master_entity(c.second_entity_id))
        JOIN kb.assertion AS a ON a.assertion_id = l.assertion_id
        WHERE r.kind = N'pair' AND c.identity_candidate_id = r.id
    ) AS p
    GROUP BY p.source_page_id
) AS w
JOIN ingest.source_page AS s ON s.source_page_id = w.source_page_id;
