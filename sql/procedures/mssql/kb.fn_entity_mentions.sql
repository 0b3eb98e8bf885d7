-- Purpose:     what the live assertions of pages call an entity; internal.
-- Parameters:  @entity_id, a master (what was merged into it counts too).
-- Returns:     one row an assertion that is evidence of the entity: name, type ('unknown' without one), type_family, confidence,
--              as kb.usp_rebuild_entities reads them. What jobs of many pages asserted is left out.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER FUNCTION kb.fn_entity_mentions (@entity_id bigint)
RETURNS TABLE
AS RETURN (
    SELECT n.name, n.type, n.type_family, a.confidence
    FROM kb.assertion_link AS l
    JOIN kb.assertion AS a ON a.assertion_id = l.assertion_id AND a.subject_key = N''
    CROSS APPLY (
        SELECT TOP (1) m.name, COALESCE(NULLIF(m.type, N''), N'unknown') AS type, r.type_family
        FROM kb.resolution AS r
        JOIN kb.fn_mentions(a.item_kind, a.keys, a.payload) AS m ON m.mention = r.mention
        WHERE r.assertion_id = a.assertion_id AND r.superseded_at IS NULL
          AND (r.entity_id = @entity_id OR kb.fn_master_entity(r.entity_id) = @entity_id)
        ORDER BY IIF(m.mention = N'self', 0, 1), m.name, m.mention
    ) AS n
    WHERE l.target_table = N'dim_entity' AND l.target_id = @entity_id
);
