-- Purpose:     the classifications of all versions of a page: what was decided about one holds for the others.
-- Parameters:  @page_classification_id of one of them.
-- Returns:     page_classification_id, the given one included.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER FUNCTION kb.fn_classification_versions (@page_classification_id bigint)
RETURNS TABLE
AS RETURN (
    SELECT o.page_classification_id
    FROM kb.page_classification AS p
    JOIN ingest.source_page AS s ON s.source_page_id = p.source_page_id
    JOIN ingest.source_page AS v ON v.source_system = s.source_system AND v.external_id_sha256 = s.external_id_sha256
        AND v.external_id = s.external_id
    JOIN kb.page_classification AS o ON o.source_page_id = v.source_page_id
    WHERE p.page_classification_id = @page_classification_id
);
