-- Purpose:     the live untyped mentions that a routing transaction has to look at again; internal.
-- Parameters:  @run_id; @name_keys json array: names whose typed entities changed.
-- Returns:     assertion_id, mention, source_page_id, name_key, entity_id: those of the names, and those on the pages where
--              this run changed a typed mention of the same name; without what the run has staged already.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER FUNCTION kb.fn_untyped_mentions (@run_id uniqueidentifier, @name_keys nvarchar(max))
RETURNS TABLE
AS RETURN (
    SELECT r.assertion_id, r.mention, r.source_page_id, r.name_key, r.entity_id
    FROM OPENJSON(@name_keys) AS k
    JOIN kb.resolution AS r
        ON r.name_key_sha256 = CONVERT(binary(32), HASHBYTES('SHA2_256', k.[value]))
        AND r.name_key = k.[value] COLLATE Latin1_General_100_BIN2
    WHERE r.type_family_sha256 = CONVERT(binary(32), HASHBYTES('SHA2_256', N'unknown')) AND r.type_family = N'unknown'
      AND r.superseded_at IS NULL AND r.decided_by = N'routing'
      AND NOT EXISTS (SELECT 1 FROM kb.stage_change AS c WHERE c.run_id = @run_id AND c.assertion_id = r.assertion_id)
    UNION
    SELECT r.assertion_id, r.mention, r.source_page_id, r.name_key, r.entity_id
    FROM (
        SELECT DISTINCT m.source_page_id, m.name_key, m.name_key_sha256
        FROM kb.stage_mention AS m
        WHERE m.run_id = @run_id AND m.type_family <> N'unknown') AS k
    JOIN kb.resolution AS r
        ON r.source_page_id = k.source_page_id AND r.name_key_sha256 = k.name_key_sha256 AND r.name_key = k.name_key
    WHERE r.type_family = N'unknown' AND r.superseded_at IS NULL AND r.decided_by = N'routing'
      AND NOT EXISTS (SELECT 1 FROM kb.stage_change AS c WHERE c.run_id = @run_id AND c.assertion_id = r.assertion_id)
);
