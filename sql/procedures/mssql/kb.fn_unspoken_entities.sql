-- Purpose:     which of some entities nothing speaks of, nor ever did; internal, for erasing.
-- Parameters:  @entity_ids json array.
-- Returns:     the entity ids, in order, as a json array.
-- Errors:      none.
-- Idempotency: reads only.
-- A mention without a type only follows what others say the type is, and a relation that was decided between two entities
-- only follows that they are there. The two ends of a split stay while pages are told to speak of one of them and their name
-- is known from elsewhere.
CREATE OR ALTER FUNCTION kb.fn_unspoken_entities (@entity_ids nvarchar(max))
RETURNS nvarchar(max)
AS
BEGIN
    RETURN (
        SELECT N'[' + COALESCE(STRING_AGG(CONVERT(nvarchar(max), e.entity_id), N',') WITHIN GROUP (ORDER BY e.entity_id), N'') + N']'
        FROM kb.dim_entity AS e
        WHERE e.entity_id IN (SELECT CONVERT(bigint, i.[value]) FROM OPENJSON(@entity_ids) AS i) AND e.forgotten_at IS NULL
          AND NOT EXISTS (
              SELECT 1 FROM kb.resolution AS r
              WHERE r.entity_id IN (e.entity_id, e.moved_to_entity_id) AND (r.type_family <> N'unknown' OR e.type_family = N'unknown')
                AND NOT EXISTS (SELECT 1 FROM kb.identity_decision AS d WHERE d.assertion_id = r.assertion_id
                    AND d.assertion_id IS NOT NULL))
          AND NOT EXISTS (
              SELECT 1
              FROM kb.identity_decision AS d
              JOIN kb.identity_split_page AS p ON p.identity_decision_id = d.identity_decision_id
              WHERE d.kind = N'split' AND d.undone_at IS NULL AND e.entity_id IN (d.entity_id, d.other_entity_id)
                AND EXISTS (
                    SELECT 1 FROM kb.resolution AS r
                    WHERE r.name_key_sha256 = e.name_key_sha256 AND r.name_key = e.name_key
                      AND NOT EXISTS (SELECT 1 FROM kb.identity_decision AS l WHERE l.assertion_id = r.assertion_id
                          AND l.assertion_id IS NOT NULL))));
END;
