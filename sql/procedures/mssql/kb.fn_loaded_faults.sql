-- Purpose:     what is wrong with a row that is loaded with SQL, so that it cannot be taken as it is; internal.
-- Parameters:  @item_kind 'entity' or 'relationship'; @row as kb.usp_batch_insert_entities and
--              kb.usp_batch_insert_entity_relations take it; what is no json object counts as one without a property.
-- Returns:     field and what it is not; no row if it can be loaded.
-- Errors:      none.
-- Idempotency: pure.
-- A key that kb.fn_bounded_key shortens is too long.
CREATE OR ALTER FUNCTION kb.fn_loaded_faults (@item_kind nvarchar(100), @row nvarchar(max))
RETURNS TABLE
AS RETURN (
    WITH given AS (
        SELECT p.[key] COLLATE Latin1_General_100_BIN2 AS field, p.[value] AS text, p.[type] AS type,
            IIF(PATINDEX(N'%[^' + NCHAR(1) + N'-' + NCHAR(127) + N']%', p.[value] COLLATE Latin1_General_100_BIN2) > 0, 1, 0) AS is_foreign
        FROM OPENJSON(IIF(ISJSON(@row) = 1 AND LEFT(@row, 1) = N'{', @row, N'{}')) AS p
    ), listed AS (
        SELECT g.field, x.[value] AS text, x.[type] AS type, x.[key] AS place,
            IIF(PATINDEX(N'%[^' + NCHAR(1) + N'-' + NCHAR(127) + N']%', x.[value] COLLATE Latin1_General_100_BIN2) > 0, 1, 0) AS is_foreign
        FROM given AS g
        CROSS APPLY OPENJSON(IIF(g.type = 4, g.text, N'[]')) AS x
        WHERE @item_kind = N'entity' AND g.field IN (N'aliases', N'aliases_keys', N'attributes')
    )
    SELECT k.field COLLATE Latin1_General_100_BIN2 AS field, IIF(LEFT(@row, 1) = N'{', N'not a string', N'the row is not an object') AS fault
    FROM (VALUES (N'entity', N'name', 1), (N'entity', N'type', 0), (N'entity', N'description', 0),
        (N'relationship', N'from_entity', 1), (N'relationship', N'to_entity', 1), (N'relationship', N'relation_type', 1),
        (N'relationship', N'start', 0), (N'relationship', N'end', 0), (N'relationship', N'from_work', 0),
        (N'relationship', N'to_work', 0), (N'relationship', N'continuity', 0), (N'relationship', N'from_family', 0),
        (N'relationship', N'to_family', 0)) AS k (item_kind, field, is_needed)
    LEFT JOIN given AS g ON g.field = k.field COLLATE Latin1_General_100_BIN2
    WHERE k.item_kind = @item_kind AND (COALESCE(g.type, 0) > 1 OR COALESCE(g.type, 0) = 0 AND k.is_needed = 1)
    UNION ALL
    SELECT g.field, N'not a string of 1000 bytes at most'
    FROM given AS g
    WHERE (@item_kind = N'entity' AND g.field IN (N'name_key', N'type_key')
            OR @item_kind = N'relationship' AND g.field IN (N'from_entity_key', N'to_entity_key', N'relation_type_key', N'start_key',
                N'end_key', N'from_work_key', N'to_work_key', N'continuity_key'))
      AND (g.type > 1 OR g.type = 1 AND kb.fn_bounded_key(g.text, 1000) <> g.text COLLATE Latin1_General_100_BIN2)
    UNION ALL
    SELECT g.field, N'not a family of 200 bytes at most'
    FROM given AS g
    WHERE @item_kind = N'relationship' AND g.field IN (N'from_family', N'to_family') AND g.type > 0
      AND (g.text COLLATE Latin1_General_100_BIN2 = N'' OR kb.fn_bounded_key(g.text, 200) <> g.text COLLATE Latin1_General_100_BIN2)
    UNION ALL
    SELECT g.field, CONCAT(N'not ASCII: pass ', g.field, N'_key too, or ASCII only')
    FROM given AS g
    WHERE g.is_foreign = 1
      AND (@item_kind = N'entity' AND g.field IN (N'name', N'type')
           OR @item_kind = N'relationship' AND g.field IN (N'from_entity', N'to_entity', N'relation_type', N'start', N'end',
               N'from_work', N'to_work', N'continuity'))
      AND NOT EXISTS (SELECT 1 FROM given AS y WHERE y.field = g.field + N'_key' AND y.type > 0)
    UNION ALL
    SELECT g.field, N'not a number from 0 to 1'
    FROM given AS g
    WHERE g.field = N'confidence' AND g.type > 0
      AND IIF(g.type = 2, COALESCE(TRY_CONVERT(float, g.text), -1), -1) NOT BETWEEN 0 AND 1
    UNION ALL
    SELECT N'aliases', N'not a list of strings'
    WHERE @item_kind = N'entity'
      AND (EXISTS (SELECT 1 FROM given AS g WHERE g.field = N'aliases' AND g.type NOT IN (0, 4))
           OR EXISTS (SELECT 1 FROM listed AS x WHERE x.field = N'aliases' AND x.type <> 1))
    UNION ALL
    SELECT N'aliases_keys', N'not as many strings of 1000 bytes at most as aliases'
    FROM given AS g
    WHERE @item_kind = N'entity' AND g.field = N'aliases_keys' AND g.type > 0
      AND (g.type <> 4
           OR (SELECT COUNT(*) FROM listed AS x WHERE x.field = N'aliases_keys')
               <> (SELECT COUNT(*) FROM listed AS x WHERE x.field = N'aliases')
           OR EXISTS (SELECT 1 FROM listed AS x
                      WHERE x.field = N'aliases_keys'
                        AND (x.type <> 1 OR kb.fn_bounded_key(x.text, 1000) <> x.text COLLATE Latin1_General_100_BIN2)))
    UNION ALL
    SELECT N'aliases', N'not ASCII: pass aliases_keys too, or ASCII only'
    WHERE EXISTS (SELECT 1 FROM listed AS x WHERE x.field = N'aliases' AND x.is_foreign = 1)
      AND NOT EXISTS (SELECT 1 FROM given AS g WHERE g.field = N'aliases_keys' AND g.type > 0)
    UNION ALL
    SELECT N'attributes', N'not a list of objects with key and value'
    WHERE @item_kind = N'entity'
      AND (EXISTS (SELECT 1 FROM given AS g WHERE g.field = N'attributes' AND g.type NOT IN (0, 4))
           OR EXISTS (
               SELECT 1
               FROM listed AS x
               WHERE x.field = N'attributes' AND (x.type <> 5 OR 2 > (
                   SELECT COUNT(*)
                   FROM OPENJSON(IIF(x.type = 5, x.text, N'{}')) AS y
                   WHERE y.[key] = N'key' AND y.[type] = 1 OR y.[key] = N'value' AND y.[type] > 0))))
);
