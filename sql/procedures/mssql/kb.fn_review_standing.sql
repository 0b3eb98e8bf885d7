-- Purpose:     whether an item waits for a person, and since when it is as it is.
-- Parameters:  @kind 'entity', 'relation', 'fact', 'page_classification', 'assertion' or 'pair'; @id.
-- Returns:     is_waiting; changed_at, of a pair that of its entities too; no row if there is no such item.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER FUNCTION kb.fn_review_standing (@kind nvarchar(40), @id bigint)
RETURNS TABLE
AS RETURN (
    SELECT CONVERT(bit, IIF(e.needs_review = 1 AND e.retracted_at IS NULL, 1, 0)) AS is_waiting, e.updated_at AS changed_at
    FROM kb.dim_entity AS e
    WHERE @kind COLLATE Latin1_General_100_BIN2 = N'entity' AND e.entity_id = @id
    UNION ALL
    SELECT CONVERT(bit, IIF(b.needs_review = 1 AND b.retracted_at IS NULL, 1, 0)), b.updated_at
    FROM kb.bridge_entity_relation AS b
    WHERE @kind COLLATE Latin1_General_100_BIN2 = N'relation' AND b.entity_relation_id = @id
    UNION ALL
    SELECT CONVERT(bit, IIF(f.needs_review = 1 AND f.retracted_at IS NULL, 1, 0)), f.updated_at
    FROM kb.fact_attribute AS f
    WHERE @kind COLLATE Latin1_General_100_BIN2 = N'fact' AND f.fact_attribute_id = @id
    UNION ALL
    SELECT CONVERT(bit, IIF(c.needs_review = 1 AND c.retracted_at IS NULL, 1, 0)), c.updated_at
    FROM kb.page_classification AS c
    WHERE @kind COLLATE Latin1_General_100_BIN2 = N'page_classification' AND c.page_classification_id = @id
    UNION ALL
    SELECT CONVERT(bit, CASE WHEN a.grounding = N'none' AND a.retracted_at IS NULL AND EXISTS (
                SELECT 1 FROM llm.job_type AS j WHERE j.job_type = a.job_type AND j.grounding_policy = N'review')
            AND NOT EXISTS (
                SELECT 1 FROM kb.fn_ungrounded_decision(a.source_page_id, a.job_type, a.item_kind, a.item_sha256, a.subject_key) AS d)
            THEN 1 ELSE 0 END),
        COALESCE(a.retracted_at, a.created_at)
    FROM kb.assertion AS a
    WHERE @kind COLLATE Latin1_General_100_BIN2 = N'assertion' AND a.assertion_id = @id
    UNION ALL
    SELECT CONVERT(bit, IIF(k.status = N'review', 1, 0)), t.changed_at
    FROM kb.identity_candidate AS k
    JOIN kb.dim_entity AS f ON f.entity_id = kb.fn_master_entity(k.first_entity_id)
    JOIN kb.dim_entity AS s ON s.entity_id = kb.fn_master_entity(k.second_entity_id)
    CROSS APPLY (
        SELECT MAX(v.updated_at) AS changed_at
        FROM (SELECT k.updated_at UNION ALL SELECT f.updated_at UNION ALL SELECT s.updated_at) AS v (updated_at)
    ) AS t
    WHERE @kind COLLATE Latin1_General_100_BIN2 = N'pair' AND k.identity_candidate_id = @id
);
