-- Purpose:     the rows of which a decision counts for a row too: classifications of other versions of its page, entities that
--              moved to it, the same answer without evidence about other versions of its page.
-- Parameters:  @kind as in kb.adjudication; @id.
-- Returns:     target_id, the given one included.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER FUNCTION kb.fn_decided_ids (@kind nvarchar(40), @id bigint)
RETURNS TABLE
AS RETURN (
    SELECT @id AS target_id
    UNION
    SELECT v.page_classification_id FROM kb.fn_classification_versions(@id) AS v WHERE @kind COLLATE Latin1_General_100_BIN2 = N'page_classification'
    UNION
    SELECT e.entity_id FROM kb.dim_entity AS e WHERE @kind COLLATE Latin1_General_100_BIN2 = N'entity' AND e.moved_to_entity_id = @id
    UNION
    SELECT o.assertion_id
    FROM kb.assertion AS a
    JOIN ingest.source_page AS s ON s.source_page_id = a.source_page_id
    JOIN ingest.source_page AS v ON v.source_system = s.source_system AND v.external_id_sha256 = s.external_id_sha256
        AND v.external_id = s.external_id
    JOIN kb.assertion AS o ON o.source_page_id = v.source_page_id AND o.grounding = N'none' AND o.item_sha256 = a.item_sha256
        AND o.job_type = a.job_type AND o.item_kind = a.item_kind AND o.subject_key = a.subject_key
    WHERE @kind COLLATE Latin1_General_100_BIN2 = N'assertion' AND a.assertion_id = @id AND a.grounding = N'none'
);
