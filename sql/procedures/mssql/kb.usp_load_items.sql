-- Purpose:     write items that people load with SQL as assertions of kind loaded, and what follows from them; internal.
-- Parameters:  @items json array of {item_kind, payload, keys, confidence}, of which equal ones are equal texts; @source_page_id
--              the page that they rest on, null for the page of the loader; @loaded_by; @now UTC.
-- Returns:     in the caller's #load_items: ordinal (1..n), assertion_id, created; quarantine_reason of an item that is kept and
--              goes no further.
-- Errors:      INVALID_PAYLOAD naming item_index and field; NOT_FOUND for the page.
-- Idempotency: the same item of the same loader or page again is found, not made again.
CREATE OR ALTER PROCEDURE kb.usp_load_items
    @items nvarchar(max), @source_page_id bigint, @loaded_by nvarchar(max), @now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @run_id uniqueidentifier = NEWID(), @page_id bigint = @source_page_id, @is_there bit = 0, @count int,
        @no_subject binary(32) = HASHBYTES('SHA2_256', N''), @sound nvarchar(max),
        @resource nvarchar(255), @message nvarchar(2048);
    CREATE TABLE #loaded_item (
        item_no      int           NOT NULL PRIMARY KEY,
        item_kind    nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
        payload      nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
        keys         nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
        confidence   decimal(5, 4) NOT NULL,
        item_sha256  nvarchar(64)  COLLATE Latin1_General_100_BIN2 NOT NULL
    );
    CREATE TABLE #placed_item (
        assertion_id  bigint        NOT NULL PRIMARY KEY,
        item_kind     nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL
    );
    EXEC llm.usp_take_lock @resource = N'sproute.kb', @mode = N'Shared';
    IF @page_id IS NULL
        EXEC kb.usp_put_loaded_page @loaded_by = @loaded_by, @now = @now, @result = @page_id OUTPUT;
    -- By name too, for a server that takes no hints, and before the names: as routing does.
    SET @resource = CONCAT(N'sproute.page:', @page_id);
    EXEC llm.usp_take_lock @resource = @resource, @mode = N'Shared';
    SELECT @is_there = 1 FROM ingest.source_page AS s WITH (REPEATABLEREAD, ROWLOCK) WHERE s.source_page_id = @page_id;
    IF @is_there = 0
    BEGIN
        SET @message = CONCAT(N'NOT_FOUND: no page has id ', @page_id);
        THROW 50012, @message, 1;
    END;

    INSERT INTO #loaded_item (item_no, item_kind, payload, keys, confidence, item_sha256)
    SELECT CONVERT(int, i.[key]) + 1, w.item_kind, d.payload, d.keys,
        COALESCE(CONVERT(decimal(5, 4), TRY_CONVERT(decimal(38, 30), w.confidence)),
            CONVERT(decimal(5, 4), TRY_CONVERT(float, w.confidence)), 1), llm.fn_hex(HASHBYTES('SHA2_256', CONCAT(d.payload, d.keys)))
    FROM OPENJSON(@items) AS i
    CROSS APPLY OPENJSON(i.[value]) WITH (item_kind nvarchar(max) '$.item_kind', confidence nvarchar(max) '$.confidence') AS w
    -- There are servers whose OPENJSON ... WITH cuts documents.
    CROSS APPLY (SELECT JSON_QUERY(i.[value], N'$.payload') AS payload, JSON_QUERY(i.[value], N'$.keys') AS keys) AS d;
    SET @count = @@ROWCOUNT;
    SELECT @sound = CONCAT(N'[', STRING_AGG(CONCAT(CONVERT(nvarchar(max), N'{"item_kind":"'), i.item_kind,
            N'","item_index":', i.item_no - 1, N',"chunk_index":0,"item_sha256":"', i.item_sha256, N'","merge_key":"","payload":',
            i.payload, N',"keys":', i.keys,
            N',"char_start":0,"char_end":0,"quote":"","grounding":"exact","is_weak":false,"confidence":', i.confidence, N'}'), N',')
        WITHIN GROUP (ORDER BY i.item_no), N']')
    FROM #loaded_item AS i;
    IF kb.fn_are_sound_items(@sound, @page_id) = 0
    BEGIN
        SELECT TOP (1) @message = CONCAT(N'INVALID_PAYLOAD: item_index ', CONVERT(int, i.[key]), N', field ', f.field, N': not ', f.wanted, NCHAR(10),
            N'HINT: Nothing was written.')
        FROM OPENJSON(@sound) AS i
        CROSS APPLY kb.fn_item_faults(i.[value]) AS f
        ORDER BY CONVERT(int, i.[key]), f.field, f.wanted;
        IF @message IS NOT NULL
            THROW 50004, @message, 1;
    END;
    INSERT INTO kb.stage_item (run_id, item_no, item_kind, item_index, chunk_index, item_sha256, merge_key, payload, keys,
        char_start, char_end, quote, grounding, is_weak, confidence, source_page_id, assertion_id, quarantine_reason)
    SELECT @run_id, i.item_no, i.item_kind, i.item_no - 1, 0, i.item_sha256, N'', i.payload, i.keys, 0, 0, N'', N'loaded', 0,
        i.confidence, @page_id, NEXT VALUE FOR kb.assertion_assertion_id_seq, kb.fn_item_reason(i.keys)
    FROM #loaded_item AS i;

    EXEC kb.usp_refresh_statistics @items = @count;
    EXEC kb.usp_stage_mentions @run_id = @run_id;
    EXEC kb.usp_lock_names @run_id = @run_id, @assertion_ids = N'[]';
    INSERT INTO kb.assertion (assertion_id, source_page_id, job_type, item_kind, item_index, chunk_index, item_sha256, payload, keys,
        char_start, char_end, quote, grounding, is_weak, confidence, quarantine_reason, contract_name, contract_version, model, created_at)
    OUTPUT inserted.assertion_id, inserted.item_kind INTO #placed_item (assertion_id, item_kind)
    SELECT s.assertion_id, @page_id, N'loaded', s.item_kind, s.item_index, 0, s.item_sha256, s.payload, s.keys, 0, 0, N'', N'loaded', 0,
        s.confidence, s.quarantine_reason, N'loaded', N'1.0.0', @loaded_by, @now
    FROM (
        SELECT i.assertion_id, i.item_no, i.item_kind, i.item_index, i.item_sha256, i.payload, i.keys, i.confidence, i.quarantine_reason,
            ROW_NUMBER() OVER (PARTITION BY i.item_kind, i.item_sha256 ORDER BY i.item_no) AS place
        FROM kb.stage_item AS i
        WHERE i.run_id = @run_id
    ) AS s
    WHERE s.place = 1 AND NOT EXISTS (
        SELECT 1
        FROM kb.assertion AS a WITH (UPDLOCK, HOLDLOCK)
        WHERE a.source_page_id = @page_id AND a.job_type = N'loaded' AND a.item_kind = s.item_kind AND a.char_start = 0
          AND a.char_end = 0 AND a.item_sha256 = s.item_sha256 AND a.subject_key_sha256 = @no_subject AND a.retracted_at IS NULL)
    ORDER BY s.item_sha256, s.item_no;

    INSERT INTO #load_items (ordinal, assertion_id, created, quarantine_reason)
    SELECT s.item_no, a.assertion_id, IIF(p.assertion_id IS NULL, 0, 1), a.quarantine_reason
    FROM kb.stage_item AS s
    JOIN kb.assertion AS a ON a.source_page_id = @page_id AND a.job_type = N'loaded' AND a.item_kind = s.item_kind
        AND a.char_start = 0 AND a.char_end = 0 AND a.item_sha256 = s.item_sha256 AND a.subject_key_sha256 = @no_subject
        AND a.subject_key = N'' AND a.retracted_at IS NULL
    LEFT JOIN #placed_item AS p ON p.assertion_id = a.assertion_id
    WHERE s.run_id = @run_id;
    -- What is quarantined changes nothing.
    INSERT INTO kb.stage_change (run_id, assertion_id, item_kind, change)
    SELECT @run_id, p.assertion_id, p.item_kind, 1
    FROM #placed_item AS p
    JOIN kb.assertion AS a ON a.assertion_id = p.assertion_id AND a.quarantine_reason IS NULL;
    -- What was loaded before mentions nothing anew.
    DELETE FROM m
    FROM kb.stage_mention AS m
    WHERE m.run_id = @run_id AND NOT EXISTS (
        SELECT 1 FROM kb.stage_change AS c WHERE c.run_id = @run_id AND c.assertion_id = m.assertion_id);
    EXEC kb.usp_rebuild @run_id = @run_id, @now = @now;
END;
