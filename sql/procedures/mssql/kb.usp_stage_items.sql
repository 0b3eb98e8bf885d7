-- Purpose:     parse a payload's items into kb.stage_item; internal.
-- Parameters:  @run_id; @payload {page or subject, items: [{item_kind, item_index, chunk_index, item_sha256, merge_key,
--              payload, keys, char_start, char_end, quote, grounding, is_weak, confidence, source_page_id?}]}, offsets in
--              UTF-16 units of the page; items without source_page_id are of the payload's page.
-- Returns:     nothing.
-- Errors:      INVALID_PAYLOAD naming item_index and field: the payload is refused as a whole.
-- Idempotency: replaces what the run staged before.
-- What an item says may still be wrong (no name, an end before its start, a quote that is not in the page): such an item
-- is quarantined with its reason and the others go on. The same item seen twice through chunk overlap is one.
CREATE OR ALTER PROCEDURE kb.usp_stage_items @run_id uniqueidentifier, @payload nvarchar(max)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @items nvarchar(max), @page_id bigint, @message nvarchar(2048);
    SELECT @items = JSON_QUERY(@payload, N'$.items'), @page_id = CONVERT(bigint, JSON_VALUE(@payload, N'$.page.source_page_id'));
    IF @items IS NULL OR LEFT(@items, 1) <> N'['
        THROW 50004, N'INVALID_PAYLOAD: items is not an array', 1;

    IF kb.fn_are_sound_items(@items, @page_id) = 0
    BEGIN
        SELECT TOP (1) @message = CONCAT(N'INVALID_PAYLOAD: item_index ', COALESCE(LEFT(v.item_index, 100) COLLATE Latin1_General_100_BIN2,
                CONCAT(N'#', CONVERT(int, i.[key]) + 1)),
            N', field ', f.field, N': not ', f.wanted, NCHAR(10),
            N'HINT: Nothing was written. The worker and the database may be of different versions.')
        FROM OPENJSON(@items) AS i
        OUTER APPLY OPENJSON(CASE i.[type] WHEN 5 THEN i.[value] END) WITH (
            item_index nvarchar(max) '$.item_index', source_page_id nvarchar(max) '$.source_page_id') AS v
        CROSS APPLY (
            SELECT 1 AS place, x.field, x.wanted FROM kb.fn_item_faults(CASE i.[type] WHEN 5 THEN i.[value] ELSE N'{}' END) AS x
            UNION ALL
            SELECT 2, N'source_page_id', N'given, and the payload is not about one page'
            WHERE @page_id IS NULL AND v.source_page_id IS NULL
            UNION ALL
            SELECT 3, N'source_page_id', N'the page of the payload'
            WHERE v.source_page_id COLLATE Latin1_General_100_BIN2 <> CONVERT(nvarchar(20), @page_id)
        ) AS f
        ORDER BY CONVERT(int, i.[key]), f.place;
        IF @message IS NOT NULL
            THROW 50004, @message, 1;
    END;

    CREATE TABLE #staged_item (
        item_no           int            NOT NULL PRIMARY KEY,
        item_kind         nvarchar(100)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        item_index        int            NOT NULL,
        chunk_index       int            NOT NULL,
        item_sha256       nvarchar(64)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        merge_key         nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        merge_key_sha256  binary(32)     NOT NULL,
        payload           nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        keys              nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        char_start        int            NOT NULL,
        char_end          int            NOT NULL,
        quote             nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        grounding         nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        is_weak           bit            NOT NULL,
        confidence        decimal(5, 4)  NOT NULL,
        source_page_id    bigint         NOT NULL
    );
    DECLARE @page TABLE (
        source_page_id  bigint       NOT NULL PRIMARY KEY,
        superseded_at   datetime2(3) NULL,
        content_length  int          NOT NULL
    );
    INSERT INTO #staged_item (item_no, item_kind, item_index, chunk_index, item_sha256, merge_key, merge_key_sha256, payload, keys,
        char_start, char_end, quote, grounding, is_weak, confidence, source_page_id)
    SELECT CONVERT(int, i.[key]) + 1, v.item_kind, v.item_index, v.chunk_index, v.item_sha256, l.merge_key,
        CONVERT(binary(32), HASHBYTES('SHA2_256', l.merge_key)), JSON_QUERY(i.[value], N'$.payload'), JSON_QUERY(i.[value], N'$.keys'),
        CASE v.grounding WHEN N'none' THEN -1 ELSE CONVERT(int, v.char_start) END,
        CASE v.grounding WHEN N'none' THEN -1 ELSE CONVERT(int, v.char_end) END, l.quote, v.grounding, v.is_weak,
        -- A number that is written with an exponent is no decimal.
        COALESCE(TRY_CONVERT(decimal(38, 18), v.confidence), CONVERT(decimal(38, 18), CONVERT(float, v.confidence))),
        COALESCE(v.source_page_id, @page_id)
    FROM OPENJSON(@items) AS i
    CROSS APPLY OPENJSON(i.[value]) WITH (
        item_kind nvarchar(100) '$.item_kind', item_index int '$.item_index', chunk_index int '$.chunk_index',
        item_sha256 nvarchar(64) '$.item_sha256', char_start nvarchar(max) '$.char_start', char_end nvarchar(max) '$.char_end',
        grounding nvarchar(40) '$.grounding', is_weak bit '$.is_weak', confidence nvarchar(max) '$.confidence',
        source_page_id bigint '$.source_page_id') AS v
    -- What may be long: not every server gives all of it otherwise.
    CROSS APPLY (
        SELECT MAX(CASE WHEN j.[key] = N'merge_key' THEN j.[value] END) AS merge_key, MAX(CASE WHEN j.[key] = N'quote' THEN j.[value] END) AS quote
        FROM OPENJSON(i.[value]) AS j) AS l;
    -- A page that was erased meanwhile leaves nothing.
    INSERT INTO @page (source_page_id, superseded_at, content_length)
    SELECT s.source_page_id, s.superseded_at, kb.fn_utf16_length(s.content)
    FROM ingest.source_page AS s
    WHERE s.source_page_id IN (SELECT i.source_page_id FROM #staged_item AS i);

    DELETE FROM kb.stage_item WHERE run_id = @run_id;
    -- The same item under two merge keys is one row of kb.assertion, so both decide. Long texts are sorted: with little memory.
    INSERT INTO kb.stage_item (run_id, item_no, item_kind, item_index, chunk_index, item_sha256, merge_key, payload, keys,
        char_start, char_end, quote, grounding, is_weak, confidence, source_page_id, assertion_id, quarantine_reason)
    SELECT @run_id, u.item_no, u.item_kind, u.item_index, u.chunk_index, u.item_sha256, u.merge_key, u.payload, u.keys,
        u.char_start, u.char_end, u.quote, u.grounding, u.is_weak, u.confidence, u.source_page_id,
        NEXT VALUE FOR kb.assertion_assertion_id_seq,
        CASE
            WHEN g.superseded_at IS NOT NULL THEN N'PAGE_SUPERSEDED'
            WHEN u.grounding = N'none' THEN N'NOT_GROUNDED'
            WHEN u.char_end > g.content_length THEN N'OUTSIDE_PAGE'
            ELSE kb.fn_item_reason(u.keys) END
    FROM (
        SELECT o.item_no, ROW_NUMBER() OVER (
            PARTITION BY o.source_page_id, o.item_kind, o.char_start, o.char_end, o.item_sha256
            ORDER BY o.confidence DESC, o.merge_key, o.item_no) AS place
        FROM (
            SELECT i.item_no, i.source_page_id, i.item_kind, i.char_start, i.char_end, i.item_sha256, i.confidence, i.merge_key,
                ROW_NUMBER() OVER (
                    PARTITION BY i.source_page_id, i.item_kind, i.char_start, i.char_end, i.merge_key_sha256
                    ORDER BY i.confidence DESC, i.item_sha256, i.item_no) AS place
            FROM #staged_item AS i) AS o
        WHERE o.place = 1) AS n
    JOIN #staged_item AS u ON u.item_no = n.item_no
    JOIN @page AS g ON g.source_page_id = u.source_page_id
    WHERE n.place = 1
    OPTION (MAX_GRANT_PERCENT = 1);
    DROP TABLE #staged_item;
END;
