-- Purpose:     first step of every routing procedure: fence, contract, page or subject; internal.
-- Parameters:  @job_id, @run_id; @payload {contract, version, page: {source_page_id}, or subject: {entity_id}, or
--              subject: {first_entity_id, second_entity_id}, ...}; @now UTC.
-- Returns:     @state 'held' (go on) or 'done' (return outcome as it is); @outcome; @source_page_id, null for a subject;
--              @subject_key (the entity's natural key), '' for a page; @job_type.
-- Errors:      LEASE_LOST, UNKNOWN_JOB, CONTRACT_MISMATCH, INVALID_PAYLOAD, UNKNOWN_ENTITY, NOT_FOUND.
-- Idempotency: a call that succeeded before returns its stored outcome.
-- The page's row is locked for the transaction: ingest of a newer version waits, and so does other routing of the page.
CREATE OR ALTER PROCEDURE kb.usp_begin_routing
    @job_id bigint, @run_id uniqueidentifier, @payload nvarchar(max), @now datetime2(3), @state nvarchar(40) = NULL OUTPUT,
    @outcome nvarchar(max) = NULL OUTPUT, @source_page_id bigint = NULL OUTPUT, @subject_key nvarchar(2300) = NULL OUTPUT,
    @job_type nvarchar(100) = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @contract nvarchar(max), @version nvarchar(max), @page_id nvarchar(max), @entity_id_text nvarchar(max), @first_id nvarchar(max),
        @second_id nvarchar(max), @prompt_sha256 nvarchar(max), @model nvarchar(max), @run nvarchar(max), @is_pair bit = 0,
        @has_subject bit = 0, @input nvarchar(max), @job_page_id bigint, @wanted_contract nvarchar(200),
        @wanted_version nvarchar(50), @own_id nvarchar(max), @entity_id bigint, @page_at bigint, @superseded_at datetime2(3),
        @resource nvarchar(255), @is_there int, @replay_run_id nvarchar(max), @is_latest bit, @message nvarchar(2048);
    SELECT @state = NULL, @outcome = NULL, @source_page_id = NULL, @subject_key = N'', @job_type = NULL;
    SELECT @contract = p.contract, @version = p.version, @page_id = p.page_id, @entity_id_text = p.entity_id, @first_id = p.first_id,
        @second_id = p.second_id, @prompt_sha256 = p.prompt_sha256, @model = p.model,
        @run = CONCAT(N'{"prompt_sha256":', COALESCE(llm.fn_json_string(p.prompt_sha256), N'null'),
            N',"model":', COALESCE(llm.fn_json_string(p.model), N'null'), N'}')
    FROM OPENJSON(@payload) WITH (
        contract nvarchar(max) '$.contract', version nvarchar(max) '$.version', prompt_sha256 nvarchar(max) '$.prompt_sha256',
        model nvarchar(max) '$.model', page_id nvarchar(max) '$.page.source_page_id', entity_id nvarchar(max) '$.subject.entity_id',
        first_id nvarchar(max) '$.subject.first_entity_id', second_id nvarchar(max) '$.subject.second_entity_id') AS p;
    SELECT @has_subject = 1 FROM OPENJSON(@payload) AS p WHERE p.[key] = N'subject';
    SELECT @is_pair = 1
    FROM OPENJSON(JSON_QUERY(@payload, N'$.subject')) AS s
    WHERE s.[key] = N'first_entity_id' AND s.[type] = 2;

    -- Routing goes on side by side, but not beside kb.usp_rebuild_all, merges and splits; a pair may end in a merge.
    SET @resource = IIF(@is_pair = 1, N'Exclusive', N'Shared');
    EXEC llm.usp_take_lock @resource = N'sproute.kb', @mode = @resource;

    EXEC llm.usp_hold_job @job_id = @job_id, @run_id = @run_id, @ends_as = N'SUCCEEDED', @now = @now,
        @state = @state OUTPUT, @outcome = @outcome OUTPUT;
    IF @state <> N'held'
    BEGIN
        SET @state = N'done';
        RETURN;
    END;

    SELECT @job_type = j.job_type, @input = j.input, @job_page_id = j.source_page_id, @wanted_contract = t.contract_name,
        @wanted_version = t.contract_version
    FROM llm.job AS j
    JOIN llm.job_type AS t ON t.job_type = j.job_type
    WHERE j.job_id = @job_id;
    IF @contract IS NULL OR @version IS NULL OR @contract COLLATE Latin1_General_100_BIN2 <> @wanted_contract
        OR LEFT(@version, CHARINDEX(N'.', @version COLLATE Latin1_General_100_BIN2 + N'.') - 1)
            <> LEFT(@wanted_version, CHARINDEX(N'.', @wanted_version COLLATE Latin1_General_100_BIN2 + N'.') - 1) COLLATE Latin1_General_100_BIN2
    BEGIN
        SET @message = CONCAT(N'CONTRACT_MISMATCH: job type ', @job_type, N' wants ', @wanted_contract, N' ', @wanted_version,
            N', the payload is ', COALESCE(@contract, N'<NULL>'), N' ', COALESCE(@version, N'<NULL>'), NCHAR(10),
            N'HINT: Deploy with sproute db migrate and restart runners of an older version.');
        THROW 50005, @message, 1;
    END;

    IF LEN(@prompt_sha256) > 64 OR LEN(@model) > 200
        THROW 50004, N'INVALID_PAYLOAD: prompt_sha256 has more than 64 characters, or model more than 200', 1;

    IF @is_pair = 1
    BEGIN
        SELECT @is_there = COUNT(*)
        FROM OPENJSON(@input) WITH (first_id nvarchar(max) '$.first_entity_id', second_id nvarchar(max) '$.second_entity_id') AS i
        WHERE i.first_id COLLATE Latin1_General_100_BIN2 = @first_id
          AND (i.second_id COLLATE Latin1_General_100_BIN2 = @second_id OR i.second_id IS NULL AND @second_id IS NULL);
        IF @is_there = 0
            THROW 50004, N'INVALID_PAYLOAD: the payload is about other entities than the job', 1;
    END;
    ELSE IF @has_subject = 1
    BEGIN
        IF @entity_id_text IS NULL OR @entity_id_text COLLATE Latin1_General_100_BIN2 LIKE N'%[^0-9]%'
            OR LEN(@entity_id_text + N'.') NOT BETWEEN 2 AND 19
            THROW 50004, N'INVALID_PAYLOAD: subject.entity_id is no entity id', 1;
        SET @entity_id = CONVERT(bigint, @entity_id_text);
        SELECT @own_id = i.entity_id FROM OPENJSON(@input) WITH (entity_id nvarchar(max) '$.entity_id') AS i;
        IF @own_id IS NULL OR @own_id COLLATE Latin1_General_100_BIN2 <> CONVERT(nvarchar(20), @entity_id)
        BEGIN
            SET @message = CONCAT(N'INVALID_PAYLOAD: the payload is about entity ', @entity_id, N', the job about entity ',
                COALESCE(@own_id, N'<NULL>'));
            THROW 50004, @message, 1;
        END;
        SET @subject_key = NULL;
        SELECT @subject_key = e.name_key + NCHAR(31) + e.type_family + NCHAR(31) + e.disambiguator
        FROM kb.dim_entity AS e
        WHERE e.entity_id = @entity_id AND e.forgotten_at IS NULL;
        IF @subject_key IS NULL
        BEGIN
            SET @message = CONCAT(N'UNKNOWN_ENTITY: ', @entity_id);
            THROW 50009, @message, 1;
        END;
        -- Two answers about one entity take turns.
        SET @resource = N'sproute.kb.subject:' + llm.fn_hex(HASHBYTES('SHA2_256', @subject_key));
        EXEC llm.usp_take_lock @resource = @resource, @mode = N'Exclusive';
        -- What was merged is asked about as what it is now; one that is gone is heard while something said of it still stands.
        SELECT @superseded_at = @now
        FROM kb.dim_entity AS e
        WHERE e.entity_id = @entity_id
          AND (e.merged_into_entity_id IS NOT NULL OR e.retracted_at IS NOT NULL AND NOT EXISTS (
              SELECT 1 FROM kb.assertion AS a
              WHERE a.subject_key_sha256 = CONVERT(binary(32), HASHBYTES('SHA2_256', @subject_key)) AND a.subject_key = @subject_key
                AND a.subject_key <> N'' AND a.retracted_at IS NULL));
        -- Ingest of a newer version of any of the pages waits.
        DECLARE @page TABLE (source_page_id bigint NOT NULL PRIMARY KEY);
        INSERT INTO @page (source_page_id)
        SELECT DISTINCT CONVERT(bigint, CASE WHEN i.source_page_id COLLATE Latin1_General_100_BIN2 NOT LIKE N'%[^0-9]%'
            AND LEN(i.source_page_id + N'.') BETWEEN 2 AND 19 THEN i.source_page_id END)
        FROM OPENJSON(CASE WHEN LEFT(JSON_QUERY(@payload, N'$.items'), 1) = N'[' THEN JSON_QUERY(@payload, N'$.items') END) AS v
        CROSS APPLY OPENJSON(CASE v.[type] WHEN 5 THEN v.[value] END) WITH (source_page_id nvarchar(max) '$.source_page_id') AS i
        WHERE i.source_page_id COLLATE Latin1_General_100_BIN2 NOT LIKE N'%[^0-9]%' AND LEN(i.source_page_id + N'.') BETWEEN 2 AND 19;
        -- In order of their ids, and by name too: the lock of a row that is read goes with that of its page's own routing.
        SELECT @page_at = MIN(p.source_page_id) FROM @page AS p;
        WHILE @page_at IS NOT NULL
        BEGIN
            SET @resource = CONCAT(N'sproute.page:', @page_at);
            EXEC llm.usp_take_lock @resource = @resource, @mode = N'Shared';
            SELECT @page_at = MIN(p.source_page_id) FROM @page AS p WHERE p.source_page_id > @page_at;
        END;
        SELECT @is_there = COUNT(*)
        FROM @page AS p
        JOIN ingest.source_page AS s WITH (REPEATABLEREAD, ROWLOCK) ON s.source_page_id = p.source_page_id
        OPTION (LOOP JOIN, FORCE ORDER, MAXDOP 1);
    END;
    ELSE
    BEGIN
        IF @page_id IS NULL OR @page_id COLLATE Latin1_General_100_BIN2 LIKE N'%[^0-9]%' OR LEN(@page_id + N'.') NOT BETWEEN 2 AND 19
            THROW 50004, N'INVALID_PAYLOAD: page.source_page_id is no page id', 1;
        SET @source_page_id = CONVERT(bigint, @page_id);
        IF @job_page_id IS NULL OR @job_page_id <> @source_page_id
        BEGIN
            SET @message = CONCAT(N'INVALID_PAYLOAD: the payload is about page ', @source_page_id, N', the job about page ',
                COALESCE(CONVERT(nvarchar(20), @job_page_id), N'<NULL>'));
            THROW 50004, @message, 1;
        END;
        -- By name too, for a server that takes no hints.
        SET @resource = CONCAT(N'sproute.page:', @source_page_id);
        EXEC llm.usp_take_lock @resource = @resource, @mode = N'Exclusive';
        SET @is_there = 0;
        SELECT @is_there = 1, @superseded_at = s.superseded_at
        FROM ingest.source_page AS s WITH (UPDLOCK, ROWLOCK)
        WHERE s.source_page_id = @source_page_id;
        IF @is_there = 0
        BEGIN
            SET @message = CONCAT(N'NOT_FOUND: no page has id ', @source_page_id);
            THROW 50012, @message, 1;
        END;
    END;
    -- A replay applies the answers of an earlier run: what was routed since is newer.
    SELECT @replay_run_id = i.run_id FROM OPENJSON(@input) WITH (run_id nvarchar(max) '$.replay.run_id') AS i;
    IF @superseded_at IS NULL AND @replay_run_id IS NOT NULL
    BEGIN
        EXEC llm.usp_read_replay_source @job_id = @job_id, @into_caller = 1, @is_latest = @is_latest OUTPUT;
        IF COALESCE(@is_latest, 0) = 0
            SET @superseded_at = @now;
    END;
    IF @superseded_at IS NOT NULL
    BEGIN
        EXEC llm.usp_complete_job @job_id = @job_id, @run_id = @run_id, @outcome = N'{"status":"superseded"}', @run = @run, @now = @now,
            @into_caller = 1, @result_outcome = @outcome OUTPUT;
        SET @state = N'done';
    END;
END;
