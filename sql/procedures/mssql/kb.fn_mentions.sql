-- Purpose:     the names that an item mentions; the one place that knows which keys of an item are names.
-- Parameters:  @item_kind; @keys, @payload as in kb.assertion.
-- Returns:     mention, name_key, name; type_key and type ('' when the mention has no type of its own); family where the
--              item's kind settles it, else null; dimension that the mention shows the name to have, else ''.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR ALTER FUNCTION kb.fn_mentions (@item_kind nvarchar(100), @keys nvarchar(max), @payload nvarchar(max))
RETURNS TABLE
AS RETURN (
    SELECT CONVERT(nvarchar(100), m.mention) COLLATE Latin1_General_100_BIN2 AS mention,
        m.name_key COLLATE Latin1_General_100_BIN2 AS name_key, m.name COLLATE Latin1_General_100_BIN2 AS name,
        m.type_key COLLATE Latin1_General_100_BIN2 AS type_key, m.type COLLATE Latin1_General_100_BIN2 AS type,
        CONVERT(nvarchar(200), m.family) COLLATE Latin1_General_100_BIN2 AS family,
        CONVERT(nvarchar(40), m.dimension) COLLATE Latin1_General_100_BIN2 AS dimension
    FROM OPENJSON(@keys) WITH (
        name_key nvarchar(max) '$.name_key', type_key nvarchar(max) '$.type_key', from_key nvarchar(max) '$.from_entity_key',
        to_key nvarchar(max) '$.to_entity_key', location_key nvarchar(max) '$.location_key', parent_key nvarchar(max) '$.parent_key',
        subject_key nvarchar(max) '$.subject_key', entity_key nvarchar(max) '$.entity_key', broader_key nvarchar(max) '$.broader_key',
        from_work_key nvarchar(max) '$.work_context_from_key', to_work_key nvarchar(max) '$.work_context_to_key') AS k
    CROSS JOIN OPENJSON(@payload) WITH (
        name nvarchar(max) '$.name', type nvarchar(max) '$.type', from_entity nvarchar(max) '$.from_entity',
        to_entity nvarchar(max) '$.to_entity', location nvarchar(max) '$.location', parent nvarchar(max) '$.parent',
        subject nvarchar(max) '$.subject', entity nvarchar(max) '$.entity', broader nvarchar(max) '$.broader',
        from_work nvarchar(max) '$.work_context.from', to_work nvarchar(max) '$.work_context.to') AS p
    CROSS APPLY (
        SELECT N'self' AS mention, k.name_key AS name_key, p.name AS name, COALESCE(k.type_key, N'') AS type_key,
            COALESCE(p.type, N'') AS type, CONVERT(nvarchar(200), NULL) AS family, N'' AS dimension
        WHERE @item_kind = N'entity'
        UNION ALL
        SELECT N'from', k.from_key, p.from_entity, N'', N'', NULL, N''
        WHERE @item_kind = N'relationship'
        UNION ALL
        SELECT N'to', k.to_key, p.to_entity, N'', N'', NULL, N''
        WHERE @item_kind = N'relationship'
        UNION ALL
        SELECT N'self', k.name_key, p.name, COALESCE(k.type_key, N''),
            COALESCE(NULLIF(p.type COLLATE Latin1_General_100_BIN2, N''), f.family), f.family, f.dimension
        FROM (VALUES (N'event', N'event', N'event'), (N'work', N'work', N'work'), (N'location', N'place', N'location'),
            (N'period', N'period', N'period'), (N'concept', N'concept', N'concept'), (N'tag', N'tag', N'tag')
        ) AS f (item_kind, family, dimension)
        WHERE f.item_kind = @item_kind
        UNION ALL
        SELECT N'location', k.location_key, COALESCE(p.location, k.location_key), N'', N'', NULL, N'location'
        WHERE @item_kind = N'event'
        UNION ALL
        SELECT N'parent', k.parent_key, COALESCE(p.parent, k.parent_key), N'', N'', NULL, N'location'
        WHERE @item_kind = N'location'
        UNION ALL
        SELECT N'subject', k.subject_key, COALESCE(p.subject, k.subject_key), N'', N'', NULL, N''
        WHERE @item_kind = N'fact'
        UNION ALL
        SELECT N'entity', k.entity_key, COALESCE(p.entity, k.entity_key), N'', N'', NULL, N''
        WHERE @item_kind = N'tag'
        UNION ALL
        SELECT N'broader', k.broader_key, COALESCE(p.broader, k.broader_key), N'', N'', N'tag', N'tag'
        WHERE @item_kind = N'tag'
        UNION ALL
        SELECT N'from_work', k.from_work_key, COALESCE(p.from_work, k.from_work_key), N'', N'', NULL, N'work'
        WHERE @item_kind IN (N'relationship', N'event', N'fact')
        UNION ALL
        SELECT N'to_work', k.to_work_key, COALESCE(p.to_work, k.to_work_key), N'', N'', NULL, N'work'
        WHERE @item_kind IN (N'relationship', N'event', N'fact')
    ) AS m
    WHERE m.name_key COLLATE Latin1_General_100_BIN2 <> N''
    UNION ALL
    SELECT CONVERT(nvarchar(100), CONCAT(l.property, N':', x.[key] COLLATE Latin1_General_100_BIN2)),
        y.entity_key COLLATE Latin1_General_100_BIN2, z.entity COLLATE Latin1_General_100_BIN2, N'', N'', NULL, N''
    FROM (VALUES (N'event', N'participants'), (N'work', N'appearances')) AS l (item_kind, property)
    CROSS APPLY OPENJSON(CASE l.property WHEN N'participants' THEN JSON_QUERY(@keys, N'$.participants')
        ELSE JSON_QUERY(@keys, N'$.appearances') END) AS x
    CROSS APPLY OPENJSON(CASE x.[type] WHEN 5 THEN x.[value] END) WITH (entity_key nvarchar(max) '$.entity_key') AS y
    OUTER APPLY (
        SELECT e.entity
        FROM OPENJSON(CASE l.property WHEN N'participants' THEN JSON_QUERY(@payload, N'$.participants')
            ELSE JSON_QUERY(@payload, N'$.appearances') END) AS o
        CROSS APPLY OPENJSON(CASE o.[type] WHEN 5 THEN o.[value] END) WITH (entity nvarchar(max) '$.entity') AS e
        WHERE o.[key] = x.[key]) AS z
    WHERE l.item_kind = @item_kind AND y.entity_key COLLATE Latin1_General_100_BIN2 <> N''
    UNION ALL
    SELECT CONVERT(nvarchar(100), CONCAT(N'tag:', x.[key])) COLLATE Latin1_General_100_BIN2,
        x.[value] COLLATE Latin1_General_100_BIN2, o.[value] COLLATE Latin1_General_100_BIN2, N'', N'tag', N'tag', N'tag'
    FROM OPENJSON(CASE @item_kind WHEN N'page_classification' THEN JSON_QUERY(@keys, N'$.tags_keys') END) AS x
    LEFT JOIN OPENJSON(CASE @item_kind WHEN N'page_classification' THEN JSON_QUERY(@payload, N'$.tags') END) AS o ON o.[key] = x.[key]
    WHERE x.[value] COLLATE Latin1_General_100_BIN2 <> N''
);
