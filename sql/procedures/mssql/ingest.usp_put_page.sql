-- Purpose:     store a page: new, a new version of a known one, or nothing if its content is what is stored.
-- Parameters:  @source_system, @external_id identify it; @title, @content_type, @content (text, LF, no NUL),
--              @content_sha256 hex, @metadata json; @now UTC; @correlation_id of the jobs
--              that a new version makes (null = one of its own); @into_caller 1: no result set, the row goes to @source_page_id,
--              @version, @state, @enqueued.
-- Returns:     source_page_id, version, state ('created', 'changed', 'unchanged'), enqueued (jobs made for a new version:
--              one of every job type of ingest.fn_page_readers; if there is none, one of every entity of
--              ingest.fn_page_subjects, which otherwise waits until the new version has been read).
-- Errors:      INVALID_PAYLOAD.
-- Idempotency: the same content again makes no version and no job, also when raced; title, content type and metadata follow
--              what was given last.
CREATE OR ALTER PROCEDURE ingest.usp_put_page
    @source_system nvarchar(max), @external_id nvarchar(max), @title nvarchar(max), @content_type nvarchar(max), @content nvarchar(max),
    @content_sha256 nvarchar(100), @metadata nvarchar(max) = NULL, @now datetime2(3) = NULL, @correlation_id uniqueidentifier = NULL,
    @into_caller bit = 0, @source_page_id bigint = NULL OUTPUT, @version int = NULL OUTPUT, @state nvarchar(40) = NULL OUTPUT,
    @enqueued int = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    -- As long as the columns and one more: what is longer is found nowhere, and refused by them.
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @system nvarchar(201) = LEFT(@source_system, 201),
        @page nvarchar(1601) = LEFT(@external_id, 1601), @details nvarchar(max) = llm.fn_json_text(@metadata),
        @correlation nvarchar(36) = LOWER(CONVERT(nvarchar(36), COALESCE(@correlation_id, NEWID()))), @old_id bigint,
        @old_sha256 nvarchar(64), @resource nvarchar(255), @jobs nvarchar(max), @entity_ids nvarchar(max), @cause nvarchar(100);
    DECLARE @hash binary(32) = CONVERT(binary(32), HASHBYTES('SHA2_256', @page));
    IF COALESCE(@external_id, N'') COLLATE Latin1_General_100_BIN2 = N'' OR @content IS NULL OR @content_sha256 IS NULL
        THROW 50004, N'INVALID_PAYLOAD: a page needs external_id, content and content_sha256', 1;
    SELECT @source_page_id = NULL, @version = NULL, @state = NULL, @enqueued = 0;

    -- Most of a corpus that is ingested again is what is stored: a look tells, without a lock or a write.
    SELECT @source_page_id = s.source_page_id, @version = s.version, @state = N'unchanged'
    FROM ingest.source_page AS s
    WHERE s.source_system = @system AND s.external_id_sha256 = @hash AND s.external_id = @page AND s.superseded_at IS NULL
      AND s.content_sha256 = @content_sha256
      AND EXISTS (
          SELECT s.title, DATALENGTH(s.title), s.content_type, DATALENGTH(s.content_type), s.metadata
          INTERSECT
          SELECT @title, DATALENGTH(@title), @content_type, DATALENGTH(@content_type), COALESCE(@details, s.metadata));
    IF @state IS NOT NULL
    BEGIN
        IF @into_caller = 0 SELECT @source_page_id AS source_page_id, @version AS version, @state AS state, @enqueued AS enqueued;
        RETURN;
    END;
    BEGIN TRY
        BEGIN TRANSACTION;
        -- Who stores a page takes turns with who stores the same one, be it there or not, and with its routing.
        SET @resource = N'sproute.page:' + llm.fn_hex(CONVERT(varbinary(32), HASHBYTES('SHA2_256', CONCAT(@system, NCHAR(31), @page))));
        EXEC llm.usp_take_lock @resource = @resource, @mode = N'Exclusive';
        SELECT @old_id = s.source_page_id
        FROM ingest.source_page AS s
        WHERE s.source_system = @system AND s.external_id_sha256 = @hash AND s.external_id = @page AND s.superseded_at IS NULL;
        IF @old_id IS NOT NULL
        BEGIN
            SET @resource = CONCAT(N'sproute.page:', @old_id);
            EXEC llm.usp_take_lock @resource = @resource, @mode = N'Exclusive';
        END;
        SET @old_id = NULL;
        SELECT @old_id = s.source_page_id, @old_sha256 = s.content_sha256, @version = s.version
        FROM ingest.source_page AS s WITH (UPDLOCK, ROWLOCK)
        WHERE s.source_system = @system AND s.external_id_sha256 = @hash AND s.external_id = @page AND s.superseded_at IS NULL;
        IF @old_sha256 COLLATE Latin1_General_100_BIN2 = @content_sha256
        BEGIN
            UPDATE ingest.source_page
            SET title = @title, content_type = @content_type, metadata = COALESCE(@details, metadata)
            WHERE source_page_id = @old_id AND NOT EXISTS (
                SELECT title, DATALENGTH(title), content_type, DATALENGTH(content_type), metadata
                INTERSECT
                SELECT @title, DATALENGTH(@title), @content_type, DATALENGTH(@content_type), COALESCE(@details, metadata));
            SELECT @source_page_id = @old_id, @state = N'unchanged';
        END;
        ELSE
        BEGIN
            SELECT @version = COALESCE(MAX(s.version), 0) + 1
            FROM ingest.source_page AS s
            WHERE s.source_system = @system AND s.external_id_sha256 = @hash AND s.external_id = @page;
            UPDATE ingest.source_page SET superseded_at = @at WHERE source_page_id = @old_id;
            INSERT INTO ingest.source_page (source_system, external_id, version, title, content_type, content,
                content_sha256, metadata, ingested_at)
            VALUES (@source_system, @external_id, @version, @title, @content_type, @content,
                @content_sha256, COALESCE(@details, N'{}'), @at);
            SELECT @source_page_id = CONVERT(bigint, SCOPE_IDENTITY()), @state = IIF(@version = 1, N'created', N'changed');
        END;

        IF @state = N'changed'
        BEGIN
            SELECT @jobs = N'[' + STRING_AGG(CONVERT(nvarchar(max), r.job), N',') WITHIN GROUP (ORDER BY r.job_type) + N']'
            FROM (
                SELECT f.job_type, CONCAT(N'{"job_type":', llm.fn_json_string(f.job_type), N',"subject":',
                    COALESCE(llm.fn_json_string(@title), N'null'), N',"source_page_id":', @source_page_id, N',"correlation_id":"',
                    @correlation, N'"}') AS job
                FROM ingest.fn_page_readers(@system, @page) AS f) AS r;
            IF @jobs IS NULL
            BEGIN
                SELECT @entity_ids = N'[' + COALESCE(STRING_AGG(CONVERT(nvarchar(max), u.entity_id), N','), N'') + N']',
                    @cause = CONCAT(N'page:', @source_page_id)
                FROM ingest.fn_page_subjects(@system, @page) AS u;
                EXEC kb.usp_enqueue_subjects @entity_ids = @entity_ids, @cause = @cause, @now = @at, @correlation_id = @correlation,
                    @result = @enqueued OUTPUT;
            END;
            ELSE
            BEGIN
                CREATE TABLE #enqueue_jobs (
                    ordinal  bigint         NOT NULL,
                    job_id   bigint         NULL,
                    status   nvarchar(40)   COLLATE Latin1_General_100_BIN2 NULL,
                    created  bit            NULL,
                    hint     nvarchar(1000) COLLATE Latin1_General_100_BIN2 NULL
                );
                EXEC llm.usp_enqueue_jobs @jobs = @jobs, @now = @at, @into_caller = 1;
                SELECT @enqueued = COUNT(*) FROM #enqueue_jobs AS e WHERE e.created = 1;
            END;
        END;
        COMMIT TRANSACTION;
        IF @into_caller = 0 SELECT @source_page_id AS source_page_id, @version AS version, @state AS state, @enqueued AS enqueued;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
