-- Purpose:     bring the live assertions of (page, job type), or of (subject, job type), to what kb.stage_item says; internal.
-- Parameters:  @job_id, @run_id; @source_page_id (its row is locked), null for a subject; @subject_key, '' for a page;
--              @job_type; @payload (contract, version, prompt_sha256, model); @now UTC.
-- Returns:     @inserted, @matched, @retracted, @quarantined, @ungrounded; kb.stage_change lists what changed.
-- Errors:      none.
-- Idempotency: equal items (page, kind, offsets, sha256) stay untouched.
-- Assertions of older versions of the page are retracted here: the new version has been read. So are those of what was
-- merged into the subject: its evidence is the subject's.
CREATE OR ALTER PROCEDURE kb.usp_sync_assertions
    @job_id bigint, @run_id uniqueidentifier, @source_page_id bigint, @subject_key nvarchar(2300), @job_type nvarchar(100),
    @payload nvarchar(max), @now datetime2(3), @inserted int = NULL OUTPUT, @matched int = NULL OUTPUT, @retracted int = NULL OUTPUT,
    @quarantined int = NULL OUTPUT, @ungrounded int = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @gone nvarchar(max), @contract nvarchar(max), @version nvarchar(max), @prompt_sha256 nvarchar(max), @model nvarchar(max);
    -- Once, and not for every item.
    SELECT @contract = p.contract, @version = p.version, @prompt_sha256 = p.prompt_sha256, @model = p.model
    FROM OPENJSON(@payload) WITH (
        contract nvarchar(max) '$.contract', version nvarchar(max) '$.version', prompt_sha256 nvarchar(max) '$.prompt_sha256',
        model nvarchar(max) '$.model') AS p;
    CREATE TABLE #live_assertion (assertion_id bigint NOT NULL PRIMARY KEY);
    CREATE TABLE #kept_assertion (
        assertion_id  bigint NOT NULL PRIMARY KEY,
        item_no       int    NOT NULL
    );

    -- What somebody approved counts without evidence.
    IF EXISTS (SELECT 1 FROM kb.adjudication AS d WHERE d.kind = N'assertion' AND d.undone_at IS NULL)
        UPDATE s
        SET quarantine_reason = kb.fn_item_reason(s.keys)
        FROM kb.stage_item AS s
        WHERE s.run_id = @run_id AND s.quarantine_reason = N'NOT_GROUNDED' AND EXISTS (
            SELECT 1
            FROM kb.fn_ungrounded_decision(s.source_page_id, @job_type, s.item_kind, s.item_sha256, @subject_key) AS d
            WHERE d.decision = N'approve');
    IF @subject_key COLLATE Latin1_General_100_BIN2 = N''
        INSERT INTO #live_assertion (assertion_id)
        SELECT a.assertion_id
        FROM ingest.source_page AS s
        JOIN ingest.source_page AS o
            ON o.source_system = s.source_system AND o.external_id_sha256 = s.external_id_sha256 AND o.external_id = s.external_id
            AND o.version <= s.version
        JOIN kb.assertion AS a
            ON a.source_page_id = o.source_page_id AND a.job_type = @job_type AND a.retracted_at IS NULL AND a.subject_key = N''
        WHERE s.source_page_id = @source_page_id;
    ELSE
        INSERT INTO #live_assertion (assertion_id)
        SELECT a.assertion_id
        FROM kb.fn_subject_keys(kb.fn_subject_entity(@subject_key)) AS k
        JOIN kb.assertion AS a
            ON a.subject_key_sha256 = CONVERT(binary(32), HASHBYTES('SHA2_256', k.subject_key)) AND a.subject_key = k.subject_key
            AND a.subject_key <> N''
        WHERE a.job_type = @job_type AND a.retracted_at IS NULL;
    IF EXISTS (SELECT 1 FROM #live_assertion AS l)
    BEGIN
        INSERT INTO #kept_assertion (assertion_id, item_no)
        SELECT a.assertion_id, s.item_no
        FROM kb.stage_item AS s
        JOIN kb.assertion AS a
            ON a.source_page_id = s.source_page_id AND a.job_type = @job_type AND a.item_kind = s.item_kind
            AND a.char_start = s.char_start AND a.char_end = s.char_end AND a.item_sha256 = s.item_sha256
            AND a.subject_key_sha256 = CONVERT(binary(32), HASHBYTES('SHA2_256', @subject_key)) AND a.retracted_at IS NULL
        WHERE s.run_id = @run_id AND a.subject_key = @subject_key AND a.grounding = s.grounding
          AND a.is_weak = s.is_weak AND COALESCE(a.quarantine_reason, N'') = COALESCE(s.quarantine_reason, N'')
          -- Documents that differ only in how they are written are one; most are written alike.
          AND 1 = CASE WHEN a.keys = s.keys THEN 1 WHEN llm.fn_json_text(a.keys) COLLATE Latin1_General_100_BIN2 = llm.fn_json_text(s.keys) THEN 1 END;
        UPDATE s
        SET assertion_id = NULL
        FROM kb.stage_item AS s
        JOIN #kept_assertion AS k ON k.item_no = s.item_no
        WHERE s.run_id = @run_id;
        SELECT @matched = COUNT(*) FROM #kept_assertion AS k;
        DELETE FROM #live_assertion WHERE assertion_id IN (SELECT k.assertion_id FROM #kept_assertion AS k);
    END;
    SELECT @gone = N'[' + COALESCE(STRING_AGG(CONVERT(nvarchar(max), l.assertion_id), N','), N'') + N']' FROM #live_assertion AS l;
    EXEC kb.usp_stage_mentions @run_id = @run_id;
    EXEC kb.usp_lock_names @run_id = @run_id, @assertion_ids = @gone;

    INSERT INTO kb.stage_change (run_id, assertion_id, item_kind, change)
    SELECT @run_id, a.assertion_id, a.item_kind, -1
    FROM #live_assertion AS l
    JOIN kb.assertion AS a ON a.assertion_id = l.assertion_id
    WHERE a.quarantine_reason IS NULL;
    UPDATE a
    SET retracted_at = @now
    FROM #live_assertion AS l
    JOIN kb.assertion AS a ON a.assertion_id = l.assertion_id
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @retracted = @@ROWCOUNT;

    INSERT INTO kb.assertion (assertion_id, source_page_id, job_type, item_kind, item_index, chunk_index, item_sha256, payload, keys,
        char_start, char_end, quote, grounding, is_weak, confidence, quarantine_reason, run_id, job_id, contract_name,
        contract_version, prompt_sha256, model, subject_key, created_at)
    SELECT s.assertion_id, s.source_page_id, @job_type, s.item_kind, s.item_index, s.chunk_index, s.item_sha256, s.payload, s.keys,
        s.char_start, s.char_end, s.quote, s.grounding, s.is_weak, s.confidence, s.quarantine_reason, @run_id, @job_id, @contract,
        @version, @prompt_sha256, @model, @subject_key, @now
    FROM kb.stage_item AS s
    WHERE s.run_id = @run_id AND s.assertion_id IS NOT NULL
    ORDER BY s.item_no;
    SET @inserted = @@ROWCOUNT;
    INSERT INTO kb.stage_change (run_id, assertion_id, item_kind, change)
    SELECT @run_id, s.assertion_id, s.item_kind, 1
    FROM kb.stage_item AS s
    WHERE s.run_id = @run_id AND s.assertion_id IS NOT NULL AND s.quarantine_reason IS NULL;

    SELECT @matched = COALESCE(@matched, 0), @quarantined = COUNT(s.quarantine_reason),
        @ungrounded = COUNT(CASE WHEN s.grounding = N'none' THEN 1 END)
    FROM kb.stage_item AS s
    WHERE s.run_id = @run_id;
    DROP TABLE #live_assertion;
    DROP TABLE #kept_assertion;
END;
