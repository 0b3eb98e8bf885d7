-- Purpose:     the aliases that one assertion gives an entity; internal.
-- Parameters:  @entity_id; @assertion_id linked to it.
-- Returns:     entity_id, alias_key, alias: what an entity item lists, and the name that a merge brought; without the
--              entity's own name.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER FUNCTION kb.fn_aliases (@entity_id bigint, @assertion_id bigint)
RETURNS TABLE
AS RETURN (
    SELECT @entity_id AS entity_id, k.[value] COLLATE Latin1_General_100_BIN2 AS alias_key,
        p.[value] COLLATE Latin1_General_100_BIN2 AS alias
    FROM kb.assertion AS a
    JOIN kb.dim_entity AS e ON e.entity_id = @entity_id
    CROSS APPLY OPENJSON(a.keys, '$.aliases_keys') AS k
    CROSS APPLY OPENJSON(a.payload, '$.aliases') AS p
    WHERE a.assertion_id = @assertion_id AND a.item_kind = N'entity' AND p.[key] = k.[key]
      AND k.[value] COLLATE Latin1_General_100_BIN2 NOT IN (N'', e.name_key)
    UNION ALL
    SELECT @entity_id, r.name_key, m.name COLLATE Latin1_General_100_BIN2
    FROM kb.dim_entity AS e
    JOIN kb.resolution AS r ON r.assertion_id = @assertion_id AND r.superseded_at IS NULL AND r.name_key <> e.name_key
    JOIN kb.assertion AS a ON a.assertion_id = r.assertion_id
    CROSS APPLY kb.fn_mentions(a.item_kind, a.keys, a.payload) AS m
    WHERE e.entity_id = @entity_id AND m.mention COLLATE Latin1_General_100_BIN2 = r.mention
      AND (r.mention = N'self' OR r.type_family <> N'unknown' OR e.type_family = N'unknown')
      AND (r.entity_id = @entity_id OR kb.fn_master_entity(r.entity_id) = @entity_id)
);
