-- Purpose:     where the pages speak of an entity; internal, for the procedures that hand evidence to a runner.
-- Parameters:  @entity_id, a master (what was merged into it counts too); @max_items at most so many passages.
-- Returns:     json array of {source_page_id, char_start, char_end, confidence}, UTF-16 offsets of the quotes of its live
--              assertions in current page versions: the best passage of every page first, then the second best of every
--              page, and so on. What jobs of many pages asserted is left out, so that they do not feed on themselves; so
--              are mentions without a type where nothing else says that a name is the entity's.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER FUNCTION kb.fn_entity_evidence (@entity_id bigint, @max_items int)
RETURNS nvarchar(max)
AS
BEGIN
    RETURN ISNULL((
        SELECT TOP (COALESCE(@max_items, 2147483647)) p.source_page_id, p.char_start, p.char_end, p.confidence
        FROM (
            SELECT q.source_page_id, q.char_start, q.char_end, q.confidence,
                ROW_NUMBER() OVER (PARTITION BY q.source_page_id
                    ORDER BY q.names_it DESC, q.confidence DESC, q.char_start, q.char_end) AS place
            FROM (
                SELECT a.source_page_id, a.char_start, a.char_end, MAX(a.confidence) AS confidence,
                    MAX(IIF(r.mention = N'self', 1, 0)) AS names_it
                FROM kb.fn_merge_group(@entity_id) AS g
                JOIN kb.resolution AS r ON r.entity_id = g.entity_id AND r.superseded_at IS NULL
                JOIN kb.assertion AS a ON a.assertion_id = r.assertion_id
                WHERE a.retracted_at IS NULL
                  AND a.quarantine_reason IS NULL AND a.grounding <> N'none' AND a.char_end > a.char_start
                  AND a.subject_key = N''
                  AND EXISTS (
                      SELECT 1
                      FROM kb.fn_merge_group(@entity_id) AS o
                      JOIN kb.dim_entity AS e ON e.entity_id = o.entity_id
                      JOIN kb.resolution AS t ON t.entity_id = o.entity_id AND t.superseded_at IS NULL
                          AND (t.type_family <> N'unknown' OR e.type_family = N'unknown')
                      JOIN kb.assertion AS b ON b.assertion_id = t.assertion_id AND b.subject_key = N'')
                GROUP BY a.source_page_id, a.char_start, a.char_end
            ) AS q
        ) AS p
        JOIN ingest.source_page AS s ON s.source_page_id = p.source_page_id AND s.superseded_at IS NULL
        ORDER BY p.place, CONCAT(s.source_system, N' ', s.external_id), p.char_start, p.char_end
        FOR JSON PATH), N'[]');
END;
