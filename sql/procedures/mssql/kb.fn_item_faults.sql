-- Purpose:     what is structurally wrong with an item of a payload; internal.
-- Parameters:  @item as in kb.usp_stage_items.
-- Returns:     field and what it should be; no row if the item can be staged.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR ALTER FUNCTION kb.fn_item_faults (@item nvarchar(max))
RETURNS TABLE
AS RETURN (
    WITH item AS (
        SELECT v.item_kind COLLATE Latin1_General_100_BIN2 AS item_kind, v.item_index COLLATE Latin1_General_100_BIN2 AS item_index,
            v.chunk_index COLLATE Latin1_General_100_BIN2 AS chunk_index,
            v.source_page_id COLLATE Latin1_General_100_BIN2 AS source_page_id,
            v.item_sha256 COLLATE Latin1_General_100_BIN2 AS item_sha256, v.grounding COLLATE Latin1_General_100_BIN2 AS grounding,
            v.char_start COLLATE Latin1_General_100_BIN2 AS char_start, v.char_end COLLATE Latin1_General_100_BIN2 AS char_end,
            v.confidence, JSON_QUERY(IIF(LEFT(@item, 1) = N'{', @item, N'{}'), N'$.payload') AS payload,
            JSON_QUERY(IIF(LEFT(@item, 1) = N'{', @item, N'{}'), N'$.keys') AS keys
        -- What is no object has none of the fields.
        FROM OPENJSON(IIF(LEFT(@item, 1) = N'{', @item, N'{}')) WITH (
            item_kind nvarchar(max) '$.item_kind', item_index nvarchar(max) '$.item_index', chunk_index nvarchar(max) '$.chunk_index',
            source_page_id nvarchar(max) '$.source_page_id', item_sha256 nvarchar(max) '$.item_sha256',
            grounding nvarchar(max) '$.grounding', char_start nvarchar(max) '$.char_start', char_end nvarchar(max) '$.char_end',
            confidence nvarchar(max) '$.confidence') AS v
    ), type AS (
        -- 0 null, 1 a string, 2 a number, 3 a boolean, 4 a list, 5 an object.
        SELECT MAX(CASE WHEN j.[key] = N'source_page_id' THEN j.[type] END) AS source_page_id,
            MAX(CASE WHEN j.[key] = N'merge_key' THEN j.[type] END) AS merge_key, MAX(CASE WHEN j.[key] = N'payload' THEN j.[type] END) AS payload,
            MAX(CASE WHEN j.[key] = N'keys' THEN j.[type] END) AS keys, MAX(CASE WHEN j.[key] = N'quote' THEN j.[type] END) AS quote,
            MAX(CASE WHEN j.[key] = N'is_weak' THEN j.[type] END) AS is_weak,
            MAX(CASE WHEN j.[key] = N'confidence' THEN j.[type] END) AS confidence
        FROM OPENJSON(IIF(LEFT(@item, 1) = N'{', @item, N'{}')) AS j
    ), own AS (
        SELECT i.item_kind, i.item_index, i.chunk_index, i.source_page_id, i.item_sha256, i.grounding, i.char_start, i.char_end, i.confidence,
            IIF(t.payload = 5, i.payload, N'{}') AS payload, IIF(t.keys = 5, i.keys, N'{}') AS keys,
            t.source_page_id AS page_type, t.merge_key AS merge_type, t.payload AS payload_type, t.keys AS keys_type, t.quote AS quote_type,
            t.is_weak AS weak_type, t.confidence AS confidence_type,
            IIF(i.char_start NOT LIKE N'%[^0-9]%' AND LEN(i.char_start + N'.') BETWEEN 2 AND 10, TRY_CONVERT(int, i.char_start), NULL) AS starts,
            IIF(i.char_end NOT LIKE N'%[^0-9]%' AND LEN(i.char_end + N'.') BETWEEN 2 AND 10, TRY_CONVERT(int, i.char_end), NULL) AS ends
        FROM item AS i
        CROSS JOIN type AS t
    )
    SELECT f.field COLLATE Latin1_General_100_BIN2 AS field, f.wanted COLLATE Latin1_General_100_BIN2 AS wanted
    FROM own AS i
    CROSS APPLY (VALUES
        (N'item_kind', N'a name in lower snake_case', IIF(i.item_kind LIKE N'[a-z]%' AND i.item_kind NOT LIKE N'%[^a-z0-9_]%'
            AND LEN(i.item_kind + N'.') <= 101, 1, 0)),
        (N'item_index', N'an integer', IIF(i.item_index NOT LIKE N'%[^0-9]%' AND LEN(i.item_index + N'.') BETWEEN 2 AND 10, 1, 0)),
        (N'chunk_index', N'an integer', IIF(i.chunk_index NOT LIKE N'%[^0-9]%' AND LEN(i.chunk_index + N'.') BETWEEN 2 AND 10, 1, 0)),
        (N'source_page_id', N'a page id', IIF(i.page_type IS NULL
            OR i.source_page_id NOT LIKE N'%[^0-9]%' AND LEN(i.source_page_id + N'.') BETWEEN 2 AND 19, 1, 0)),
        (N'item_sha256', N'64 hex digits', IIF(i.item_sha256 NOT LIKE N'%[^0-9a-f]%' AND LEN(i.item_sha256 + N'.') = 65, 1, 0)),
        (N'merge_key', N'a string', IIF(i.merge_type = 1, 1, 0)),
        (N'payload', N'an object', IIF(i.payload_type = 5, 1, 0)),
        (N'keys', N'an object', IIF(i.keys_type = 5, 1, 0)),
        (N'grounding', N'exact, normalized, fuzzy or none', IIF(i.grounding IN (N'exact', N'normalized', N'fuzzy', N'none')
            AND i.grounding NOT LIKE N'% ', 1, 0)),
        (N'char_start', N'an integer unless grounding is none', IIF(i.grounding = N'none' OR i.starts IS NOT NULL, 1, 0)),
        (N'char_end', N'an integer unless grounding is none', IIF(i.grounding = N'none' OR i.ends IS NOT NULL, 1, 0)),
        (N'char_end', N'at or after char_start', IIF(COALESCE(i.grounding, N'') <> N'none' AND i.ends < i.starts, 0, 1)),
        (N'quote', N'a string', IIF(i.quote_type = 1, 1, 0)),
        (N'is_weak', N'a boolean', IIF(i.weak_type = 3, 1, 0)),
        (N'confidence', N'a number from 0 to 1', IIF(i.confidence_type = 2 AND TRY_CONVERT(float, i.confidence) BETWEEN 0 AND 1, 1, 0))
    ) AS f (field, wanted, is_right)
    WHERE f.is_right = 0
    UNION ALL
    SELECT (N'payload.' + r.property) COLLATE Latin1_General_100_BIN2, N'a string'
    FROM own AS i
    JOIN (VALUES (N'entity', N'name'), (N'relationship', N'from_entity'), (N'relationship', N'to_entity'),
        (N'relationship', N'relation_type'), (N'event', N'name'), (N'work', N'name'), (N'location', N'name'), (N'period', N'name'),
        (N'concept', N'name'), (N'tag', N'name'), (N'fact', N'subject'), (N'fact', N'attribute'), (N'fact', N'value'),
        (N'page_classification', N'primary_type')) AS r (item_kind, property) ON r.item_kind = i.item_kind COLLATE Latin1_General_100_BIN2
    WHERE NOT EXISTS (
        SELECT 1 FROM OPENJSON(i.payload) AS y WHERE y.[key] = r.property COLLATE Latin1_General_100_BIN2 AND y.[type] = 1)
    UNION ALL
    SELECT (N'keys.' + r.name) COLLATE Latin1_General_100_BIN2, N'a string of 1000 bytes at most'
    FROM own AS i
    JOIN (VALUES (N'entity', N'name_key'), (N'entity', N'type_key'), (N'relationship', N'from_entity_key'),
        (N'relationship', N'to_entity_key'), (N'relationship', N'relation_type_key'), (N'event', N'name_key'), (N'work', N'name_key'),
        (N'location', N'name_key'), (N'period', N'name_key'), (N'concept', N'name_key'), (N'tag', N'name_key'),
        (N'fact', N'subject_key'), (N'fact', N'attribute_key'), (N'fact', N'value_key')) AS r (item_kind, name)
        ON r.item_kind = i.item_kind COLLATE Latin1_General_100_BIN2
    WHERE NOT EXISTS (SELECT 1 FROM OPENJSON(i.keys) AS y WHERE y.[key] = r.name COLLATE Latin1_General_100_BIN2)
    UNION ALL
    SELECT (N'keys.' + k.[key]) COLLATE Latin1_General_100_BIN2,
        CASE WHEN k.[key] COLLATE Latin1_General_100_BIN2 LIKE N'%[_]key' THEN N'a string of 1000 bytes at most'
             WHEN k.[key] COLLATE Latin1_General_100_BIN2 LIKE N'%[_]precision' THEN N'a word of 40 characters at most'
             ELSE N'a date YYYY-MM-DD' END
    FROM own AS i
    CROSS APPLY OPENJSON(i.keys) AS k
    WHERE 1 = CASE
        WHEN k.[key] COLLATE Latin1_General_100_BIN2 LIKE N'%[_]key' THEN IIF(k.[type] <> 1 OR llm.fn_octet_length(k.[value]) > 1000, 1, 0)
        WHEN k.[key] COLLATE Latin1_General_100_BIN2 LIKE N'%[_]precision' THEN IIF(LEN(k.[value] + N'.') > 41, 1, 0)
        WHEN k.[key] COLLATE Latin1_General_100_BIN2 LIKE N'%[_]earliest' OR k.[key] COLLATE Latin1_General_100_BIN2 LIKE N'%[_]latest'
            THEN IIF(kb.fn_is_day(CASE k.[type] WHEN 0 THEN NULL WHEN 1 THEN N'"' + k.[value] + N'"' ELSE k.[value] END) = 1, 0, 1) END
    UNION ALL
    SELECT (N'payload.' + l.property) COLLATE Latin1_General_100_BIN2, N'a list of strings'
    FROM own AS i
    JOIN (VALUES (N'entity', N'aliases'), (N'page_classification', N'tags')) AS l (item_kind, property)
        ON l.item_kind = i.item_kind COLLATE Latin1_General_100_BIN2
    WHERE EXISTS (
        SELECT 1
        FROM OPENJSON(i.payload) AS y
        CROSS APPLY OPENJSON(CASE y.[type] WHEN 4 THEN y.[value] END) AS x
        WHERE y.[key] = l.property COLLATE Latin1_General_100_BIN2 AND x.[type] <> 1)
    UNION ALL
    SELECT (N'keys.' + l.property + N'_keys') COLLATE Latin1_General_100_BIN2,
        (N'as many strings of 1000 bytes at most as payload.' + l.property) COLLATE Latin1_General_100_BIN2
    FROM own AS i
    JOIN (VALUES (N'entity', N'aliases'), (N'page_classification', N'tags')) AS l (item_kind, property)
        ON l.item_kind = i.item_kind COLLATE Latin1_General_100_BIN2
    CROSS APPLY OPENJSON(i.keys) AS k
    WHERE k.[key] = (l.property + N'_keys') COLLATE Latin1_General_100_BIN2 AND (
        k.[type] <> 4
        OR (SELECT COUNT(*) FROM OPENJSON(CASE k.[type] WHEN 4 THEN k.[value] END) AS x) <> (
            SELECT COUNT(*)
            FROM OPENJSON(i.payload) AS y
            CROSS APPLY OPENJSON(CASE y.[type] WHEN 4 THEN y.[value] END) AS x
            WHERE y.[key] = l.property COLLATE Latin1_General_100_BIN2)
        OR EXISTS (
            SELECT 1 FROM OPENJSON(CASE k.[type] WHEN 4 THEN k.[value] END) AS x
            WHERE x.[type] <> 1 OR llm.fn_octet_length(x.[value]) > 1000))
    UNION ALL
    SELECT (N'keys.' + l.property) COLLATE Latin1_General_100_BIN2,
        (N'a list of objects with strings of 1000 bytes at most, as long as payload.' + l.property) COLLATE Latin1_General_100_BIN2
    FROM own AS i
    JOIN (VALUES (N'event', N'participants'), (N'work', N'appearances')) AS l (item_kind, property)
        ON l.item_kind = i.item_kind COLLATE Latin1_General_100_BIN2
    CROSS APPLY (
        SELECT MAX(y.[type]) AS type, MAX(CASE y.[type] WHEN 4 THEN y.[value] END) AS list
        FROM OPENJSON(i.payload) AS y
        WHERE y.[key] = l.property COLLATE Latin1_General_100_BIN2) AS p
    CROSS APPLY (
        SELECT MAX(y.[type]) AS type, MAX(CASE y.[type] WHEN 4 THEN y.[value] END) AS list
        FROM OPENJSON(i.keys) AS y
        WHERE y.[key] = l.property COLLATE Latin1_General_100_BIN2) AS k
    WHERE (p.type = 4 OR k.type IS NOT NULL) AND (
        COALESCE(p.type, 0) <> 4 OR COALESCE(k.type, 0) <> 4
        OR (SELECT COUNT(*) FROM OPENJSON(p.list) AS x) <> (SELECT COUNT(*) FROM OPENJSON(k.list) AS x)
        OR EXISTS (
            SELECT 1
            FROM OPENJSON(p.list) AS x
            WHERE NOT EXISTS (
                SELECT 1 FROM OPENJSON(CASE x.[type] WHEN 5 THEN x.[value] END) AS y WHERE y.[key] = N'entity' AND y.[type] = 1))
        OR EXISTS (SELECT 1 FROM OPENJSON(k.list) AS x WHERE x.[type] <> 5)
        OR EXISTS (
            SELECT 1
            FROM OPENJSON(k.list) AS x
            CROSS APPLY OPENJSON(CASE x.[type] WHEN 5 THEN x.[value] END) AS y
            WHERE y.[type] <> 1 OR llm.fn_octet_length(y.[value]) > 1000))
);
