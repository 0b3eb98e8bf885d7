-- Purpose:     the rows of which a decision counts for a row too: classifications of other versions of its page, entities that
--              moved to it, the same answer without evidence about other versions of its page.
-- Parameters:  p_kind as in kb.adjudication; p_id.
-- Returns:     target_id, the given one included.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION kb.fn_decided_ids(p_kind text, p_id bigint)
RETURNS TABLE (target_id bigint)
LANGUAGE sql STABLE ROWS 1 SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT p_id
    UNION
    SELECT v.page_classification_id FROM kb.fn_classification_versions(p_id) AS v WHERE p_kind = 'page_classification'
    UNION
    SELECT e.entity_id FROM kb.dim_entity AS e WHERE p_kind = 'entity' AND e.moved_to_entity_id = p_id
    UNION
    SELECT o.assertion_id
    FROM kb.assertion AS a
    JOIN ingest.source_page AS s ON s.source_page_id = a.source_page_id
    JOIN ingest.source_page AS v ON v.source_system = s.source_system AND v.external_id = s.external_id
    JOIN kb.assertion AS o ON o.source_page_id = v.source_page_id AND o.grounding = 'none' AND o.item_sha256 = a.item_sha256
        AND o.job_type = a.job_type AND o.item_kind = a.item_kind AND o.subject_key = a.subject_key
    WHERE p_kind = 'assertion' AND a.assertion_id = p_id AND a.grounding = 'none';
$$;
