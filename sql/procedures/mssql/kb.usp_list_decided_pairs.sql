-- Purpose:     read the pairs of entities that were decided about, as what they moved to if their family changed.
-- Parameters:  none.
-- Returns:     first_entity_id, second_entity_id, decision (merge, relate, distinct, suppress). A merge that somebody took
--              back says that the two are not one.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE kb.usp_list_decided_pairs
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SELECT p.first_entity_id, p.second_entity_id, p.decision
    FROM (
        SELECT o.first_entity_id, o.second_entity_id,
            IIF(d.kind = N'merge' AND d.undone_at IS NOT NULL, N'distinct', d.kind) AS decision,
            ROW_NUMBER() OVER (PARTITION BY o.first_entity_id, o.second_entity_id
                ORDER BY IIF(d.undone_at IS NULL, 0, 1), d.identity_decision_id DESC) AS place
        FROM kb.identity_decision AS d
        JOIN kb.dim_entity AS f ON f.entity_id = d.entity_id
        JOIN kb.dim_entity AS s ON s.entity_id = d.other_entity_id
        CROSS APPLY (
            SELECT MIN(i.entity_id) AS first_entity_id, MAX(i.entity_id) AS second_entity_id
            FROM (VALUES (COALESCE(f.moved_to_entity_id, f.entity_id)), (COALESCE(s.moved_to_entity_id, s.entity_id))) AS i (entity_id)
        ) AS o
        WHERE d.kind IN (N'merge', N'relate', N'distinct', N'suppress') AND (d.undone_at IS NULL OR d.kind = N'merge')
          AND o.first_entity_id <> o.second_entity_id
    ) AS p
    WHERE p.place = 1
    ORDER BY p.first_entity_id, p.second_entity_id;
END;
