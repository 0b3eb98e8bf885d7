-- Purpose:     the bridges between two names that an item states; the one place that knows which.
-- Parameters:  @item_kind; @keys, @payload as in kb.assertion.
-- Returns:     from_mention, to_mention as in kb.fn_mentions; relation_type, relation_key; the bridge's other key parts
--              ('' where absent) and what they stand for.
-- Errors:      none.
-- Idempotency: pure.
-- An event's time is the event's own (kb.fn_facts), so who took part in it is not dated once more.
CREATE OR ALTER FUNCTION kb.fn_relations (@item_kind nvarchar(100), @keys nvarchar(max), @payload nvarchar(max))
RETURNS TABLE
AS RETURN (
    SELECT s.from_mention COLLATE Latin1_General_100_BIN2 AS from_mention, s.to_mention COLLATE Latin1_General_100_BIN2 AS to_mention,
        s.relation_type COLLATE Latin1_General_100_BIN2 AS relation_type,
        kb.fn_bounded_key(s.relation_key, 300) COLLATE Latin1_General_100_BIN2 AS relation_key,
        kb.fn_bounded_key(IIF(s.is_dated = 1, COALESCE(k.start_key, N''), N''), 150) COLLATE Latin1_General_100_BIN2 AS start_key,
        kb.fn_bounded_key(IIF(s.is_dated = 1, COALESCE(k.end_key, N''), N''), 150) COLLATE Latin1_General_100_BIN2 AS end_key,
        kb.fn_bounded_key(COALESCE(k.work_context_from_key, N''), 300) COLLATE Latin1_General_100_BIN2 AS from_work_key,
        kb.fn_bounded_key(COALESCE(k.work_context_to_key, N''), 300) COLLATE Latin1_General_100_BIN2 AS to_work_key,
        kb.fn_bounded_key(COALESCE(k.continuity_key, N''), 200) COLLATE Latin1_General_100_BIN2 AS continuity_key,
        IIF(s.is_dated = 1, NULLIF(TRIM(p.start_text) COLLATE Latin1_General_100_BIN2, N''), NULL) AS start_text,
        IIF(s.is_dated = 1, k.start_earliest, NULL) AS start_earliest, IIF(s.is_dated = 1, k.start_latest, NULL) AS start_latest,
        IIF(s.is_dated = 1, k.start_precision, NULL) COLLATE Latin1_General_100_BIN2 AS start_precision,
        IIF(s.is_dated = 1, NULLIF(TRIM(p.end_text) COLLATE Latin1_General_100_BIN2, N''), NULL) AS end_text,
        IIF(s.is_dated = 1, k.end_earliest, NULL) AS end_earliest, IIF(s.is_dated = 1, k.end_latest, NULL) AS end_latest,
        IIF(s.is_dated = 1, k.end_precision, NULL) COLLATE Latin1_General_100_BIN2 AS end_precision,
        NULLIF(TRIM(p.from_work) COLLATE Latin1_General_100_BIN2, N'') AS from_work,
        NULLIF(TRIM(p.to_work) COLLATE Latin1_General_100_BIN2, N'') AS to_work,
        NULLIF(TRIM(p.continuity) COLLATE Latin1_General_100_BIN2, N'') AS continuity
    FROM OPENJSON(@keys) WITH (
        start_key nvarchar(max) '$.start_key', start_earliest date '$.start_earliest', start_latest date '$.start_latest',
        start_precision nvarchar(max) '$.start_precision', end_key nvarchar(max) '$.end_key', end_earliest date '$.end_earliest',
        end_latest date '$.end_latest', end_precision nvarchar(max) '$.end_precision',
        relation_type_key nvarchar(max) '$.relation_type_key', work_context_from_key nvarchar(max) '$.work_context_from_key',
        work_context_to_key nvarchar(max) '$.work_context_to_key', continuity_key nvarchar(max) '$.continuity_key') AS k
    CROSS JOIN OPENJSON(@payload) WITH (
        relation_type nvarchar(max) '$.relation_type', start_text nvarchar(max) '$.start', end_text nvarchar(max) '$.end',
        from_work nvarchar(max) '$.work_context.from', to_work nvarchar(max) '$.work_context.to',
        continuity nvarchar(max) '$.continuity') AS p
    CROSS APPLY (
        SELECT N'from' AS from_mention, N'to' AS to_mention, p.relation_type, k.relation_type_key AS relation_key, 1 AS is_dated
        WHERE @item_kind = N'relationship'
        UNION ALL
        SELECT v.from_mention, v.to_mention, v.relation_key, v.relation_key, 0
        FROM (VALUES (N'event', N'self', N'location', N'location'), (N'location', N'self', N'parent', N'part_of'),
            (N'tag', N'entity', N'self', N'tagged'), (N'tag', N'self', N'broader', N'broader')
        ) AS v (item_kind, from_mention, to_mention, relation_key)
        WHERE @item_kind = v.item_kind
        UNION ALL
        SELECT CONCAT(N'participants:', COALESCE(a.[key], b.[key])) COLLATE Latin1_General_100_BIN2, N'self',
            COALESCE(NULLIF(TRIM(n.role) COLLATE Latin1_General_100_BIN2, N''), N'participant'),
            COALESCE(NULLIF(m.role_key COLLATE Latin1_General_100_BIN2, N''), N'participant'), 0
        FROM OPENJSON(CASE WHEN @item_kind = N'event' THEN @keys END, '$.participants') AS a
        FULL JOIN OPENJSON(CASE WHEN @item_kind = N'event' THEN @payload END, '$.participants') AS b ON b.[key] = a.[key]
        OUTER APPLY OPENJSON(CASE a.[type] WHEN 5 THEN a.[value] END) WITH (role_key nvarchar(max) '$.role_key') AS m
        OUTER APPLY OPENJSON(CASE b.[type] WHEN 5 THEN b.[value] END) WITH (role nvarchar(max) '$.role') AS n
        UNION ALL
        SELECT CONCAT(N'appearances:', COALESCE(a.[key], b.[key])) COLLATE Latin1_General_100_BIN2, N'self',
            COALESCE(NULLIF(TRIM(n.role) COLLATE Latin1_General_100_BIN2, N''), N'appearance'),
            COALESCE(NULLIF(m.role_key COLLATE Latin1_General_100_BIN2, N''), N'appearance'), 0
        FROM OPENJSON(CASE WHEN @item_kind = N'work' THEN @keys END, '$.appearances') AS a
        FULL JOIN OPENJSON(CASE WHEN @item_kind = N'work' THEN @payload END, '$.appearances') AS b ON b.[key] = a.[key]
        OUTER APPLY OPENJSON(CASE a.[type] WHEN 5 THEN a.[value] END) WITH (role_key nvarchar(max) '$.appearance_type_key') AS m
        OUTER APPLY OPENJSON(CASE b.[type] WHEN 5 THEN b.[value] END) WITH (role nvarchar(max) '$.appearance_type') AS n
    ) AS s
);
