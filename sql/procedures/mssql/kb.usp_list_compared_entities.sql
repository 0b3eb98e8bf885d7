-- Purpose:     read the entities that the dedupe audit compares, with what it compares them by: live, no tag, merged into
--              nothing, not suppressed.
-- Parameters:  @after only entities with a higher id; @type_family (null = all); @limit most rows.
-- Returns:     entity_id, name, name_key, type_family, disambiguator, observation_count, aliases (json array of texts),
--              attributes (json array of {key, value}), neighbours (json array of name keys, a hundred at most), by id.
-- Errors:      INVALID_PAYLOAD for a negative limit.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE kb.usp_list_compared_entities
    @after bigint = 0, @type_family nvarchar(1001) = NULL, @limit int = 5000
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @top int;
    EXEC llm.fn_checked_limit @limit = @limit, @result = @top OUTPUT;
    SELECT e.entity_id, e.entity_name AS name, e.name_key, e.type_family, e.disambiguator, e.observation_count,
        a.aliases, k.attributes, n.neighbours
    FROM (
        SELECT TOP (@top) d.entity_id, d.entity_name, d.name_key, d.type_family, d.disambiguator, d.observation_count, d.attributes
        FROM kb.dim_entity AS d
        WHERE d.entity_id > @after AND d.retracted_at IS NULL AND d.merged_into_entity_id IS NULL
          AND d.promotion_state <> N'suppressed' AND d.type_family <> N'tag' AND (@type_family IS NULL OR d.type_family = @type_family)
        ORDER BY d.entity_id
    ) AS e
    CROSS APPLY (
        SELECT CONCAT(N'[', STRING_AGG(llm.fn_json_string(x.alias), N',') WITHIN GROUP (ORDER BY x.alias_key), N']') AS aliases
        FROM kb.entity_alias AS x
        WHERE x.entity_id = e.entity_id AND x.retracted_at IS NULL
    ) AS a
    CROSS APPLY (
        SELECT CONCAT(N'[', STRING_AGG(CONCAT(N'{"key":', llm.fn_json_string(u.[key]), N',"value":',
            llm.fn_json_string(u.[value]), N'}'), N',') WITHIN GROUP (ORDER BY u.[key], u.[value]), N']') AS attributes
        FROM (
            SELECT w.[key] COLLATE Latin1_General_100_BIN2 AS [key], w.[value] COLLATE Latin1_General_100_BIN2 AS [value]
            FROM OPENJSON(IIF(LEFT(e.attributes, 1) = N'[', e.attributes, N'[]')) AS x
            CROSS APPLY (
                SELECT MAX(CASE WHEN p.[key] = N'key' THEN p.[value] END) AS [key],
                    MAX(CASE WHEN p.[key] = N'value' THEN p.[value] END) AS [value]
                FROM OPENJSON(IIF(x.[type] = 5, x.[value], N'{}')) AS p
            ) AS w
            UNION
            SELECT f.attribute_key, f.value
            FROM kb.fact_attribute AS f
            WHERE f.entity_id = e.entity_id AND f.retracted_at IS NULL AND f.promotion_state <> N'suppressed'
        ) AS u
        WHERE u.[key] IS NOT NULL AND u.[value] IS NOT NULL
    ) AS k
    CROSS APPLY (
        SELECT CONCAT(N'[', STRING_AGG(llm.fn_json_string(t.name_key), N',') WITHIN GROUP (ORDER BY t.name_key), N']') AS neighbours
        FROM (
            SELECT TOP (100) u.name_key
            FROM (
                SELECT x.name_key
                FROM kb.bridge_entity_relation AS b
                JOIN kb.dim_entity AS x ON x.entity_id = b.to_entity_id
                WHERE b.from_entity_id = e.entity_id AND b.to_entity_id <> e.entity_id AND b.retracted_at IS NULL
                UNION
                SELECT x.name_key
                FROM kb.bridge_entity_relation AS b
                JOIN kb.dim_entity AS x ON x.entity_id = b.from_entity_id
                WHERE b.to_entity_id = e.entity_id AND b.from_entity_id <> e.entity_id AND b.retracted_at IS NULL
            ) AS u
            ORDER BY u.name_key
        ) AS t
    ) AS n
    ORDER BY e.entity_id
    OPTION (RECOMPILE);
END;
