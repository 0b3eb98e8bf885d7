-- Purpose:     what people decided and that takes effect now; internal.
-- Parameters:  none.
-- Returns:     kind 'adjudication' or 'identity'; id; has_evidence: whether a live assertion supports the row.
-- Errors:      none.
-- Idempotency: reads only.
-- A decision about a row takes effect while the row, or the one that took its place, is there. Of two that are distinct neither
-- is the other; a split wants a family.
CREATE OR ALTER FUNCTION kb.fn_effective_decisions ()
RETURNS TABLE
AS RETURN (
    SELECT N'adjudication' AS kind, r.adjudication_id AS id, CONVERT(bit, CASE WHEN EXISTS (
            SELECT 1 FROM kb.assertion_link AS l
            JOIN kb.assertion AS a ON a.assertion_id = l.assertion_id AND a.retracted_at IS NULL AND a.quarantine_reason IS NULL
            WHERE l.target_table = r.target_table AND l.target_id = r.target_id) THEN 1 ELSE 0 END) AS has_evidence
    FROM (
        SELECT d.adjudication_id, N'dim_entity' COLLATE Latin1_General_100_BIN2 AS target_table, e.entity_id AS target_id
        FROM kb.adjudication AS d
        JOIN kb.dim_entity AS o ON o.entity_id = d.target_id
        JOIN kb.dim_entity AS e ON e.entity_id = kb.fn_master_entity(COALESCE(o.moved_to_entity_id, o.entity_id)) AND e.retracted_at IS NULL
        WHERE d.kind = N'entity' AND d.decided_as = N'person' AND d.undone_at IS NULL
        UNION ALL
        SELECT d.adjudication_id, N'bridge_entity_relation', n.entity_relation_id
        FROM kb.adjudication AS d
        JOIN kb.bridge_entity_relation AS b ON b.entity_relation_id = d.target_id
        JOIN kb.bridge_entity_relation AS n ON n.from_entity_id = kb.fn_master_entity(b.from_entity_id)
            AND n.to_entity_id = kb.fn_master_entity(b.to_entity_id) AND n.relation_key = b.relation_key AND n.start_key = b.start_key
            AND n.end_key = b.end_key AND n.from_work_key = b.from_work_key AND n.to_work_key = b.to_work_key
            AND n.continuity_key = b.continuity_key AND n.retracted_at IS NULL
        WHERE d.kind = N'relation' AND d.decided_as = N'person' AND d.undone_at IS NULL
        UNION ALL
        SELECT d.adjudication_id, N'fact_attribute', n.fact_attribute_id
        FROM kb.adjudication AS d
        JOIN kb.fact_attribute AS b ON b.fact_attribute_id = d.target_id
        JOIN kb.fact_attribute AS n ON n.entity_id = kb.fn_master_entity(b.entity_id) AND n.attribute_key = b.attribute_key
            AND n.value_key_sha256 = b.value_key_sha256 AND n.value_key = b.value_key AND n.unit_key = b.unit_key
            AND n.start_key = b.start_key AND n.end_key = b.end_key AND n.from_work_key = b.from_work_key
            AND n.to_work_key = b.to_work_key AND n.continuity_key = b.continuity_key AND n.retracted_at IS NULL
        WHERE d.kind = N'fact' AND d.decided_as = N'person' AND d.undone_at IS NULL
    ) AS r
    UNION ALL
    SELECT N'identity', d.identity_decision_id, CONVERT(bit, 1)
    FROM kb.identity_decision AS d
    JOIN kb.dim_entity AS o ON o.entity_id = d.entity_id
    JOIN kb.dim_entity AS e ON e.entity_id = COALESCE(o.moved_to_entity_id, o.entity_id)
    WHERE d.decided_as = N'person' AND d.undone_at IS NULL
      AND ((d.kind = N'distinct' AND kb.fn_master_entity(d.entity_id) <> kb.fn_master_entity(d.other_entity_id))
           OR (d.kind = N'split' AND e.type_family <> N'unknown'))
);
