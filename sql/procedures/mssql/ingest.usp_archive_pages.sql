-- Purpose:     move the text of superseded page versions to ingest.page_archive, and drop their chunks.
-- Parameters:  @older_than UTC instant of being superseded; @limit most versions of this call; @now UTC; @dry_run
--              counts all that match and changes nothing; @into_caller 1: no result set, the row goes to @pages, @chunks,
--              @characters and @remaining.
-- Returns:     pages, chunks, characters; remaining (matching versions that this call left: call again).
-- Errors:      none.
-- Idempotency: archived versions match no more. Never a version that a live assertion rests on (its page has not been read
--              anew yet) or that a job is open for; rows that are locked now are passed over and remain.
CREATE OR ALTER PROCEDURE ingest.usp_archive_pages
    @older_than datetime2(3), @limit int = 100, @now datetime2(3) = NULL, @dry_run bit = 0,
    @into_caller bit = 0, @pages bigint = NULL OUTPUT, @chunks bigint = NULL OUTPUT, @characters bigint = NULL OUTPUT,
    @remaining bigint = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @total bigint;
    DECLARE @page TABLE (source_page_id bigint NOT NULL PRIMARY KEY);
    IF @dry_run = 1
    BEGIN
        SELECT @pages = COUNT_BIG(*), @chunks = COALESCE(SUM(c.chunks), 0),
            @characters = COALESCE(SUM(CONVERT(bigint, kb.fn_utf16_length(s.content))), 0), @remaining = 0
        FROM ingest.fn_archivable_pages(@older_than) AS f
        JOIN ingest.source_page AS s ON s.source_page_id = f.source_page_id
        CROSS APPLY (SELECT COUNT_BIG(*) AS chunks FROM ingest.chunk AS k WHERE k.source_page_id = s.source_page_id) AS c;
        IF @into_caller = 0 SELECT @pages AS pages, @chunks AS chunks, @characters AS characters, @remaining AS remaining;
        RETURN;
    END;
    BEGIN TRY
        BEGIN TRANSACTION;
        SELECT @total = COUNT_BIG(*) FROM ingest.fn_archivable_pages(@older_than) AS f;
        -- An update lock would not pass over what somebody reads who is about to let something rest on it.
        INSERT INTO @page (source_page_id)
        SELECT TOP (COALESCE(@limit, 2147483647)) s.source_page_id
        FROM ingest.source_page AS s WITH (XLOCK, READPAST, ROWLOCK, READCOMMITTEDLOCK)
        WHERE s.archived_at IS NULL AND s.superseded_at < @older_than
          AND s.source_page_id IN (SELECT f.source_page_id FROM ingest.fn_archivable_pages(@older_than) AS f)
        ORDER BY s.superseded_at, s.source_page_id;
        SET @pages = @@ROWCOUNT;

        INSERT INTO ingest.page_archive (source_page_id, content, archived_at)
        SELECT s.source_page_id, s.content, @at
        FROM @page AS p
        JOIN ingest.source_page AS s ON s.source_page_id = p.source_page_id;
        SELECT @characters = COALESCE(SUM(CONVERT(bigint, kb.fn_utf16_length(s.content))), 0)
        FROM @page AS p
        JOIN ingest.source_page AS s ON s.source_page_id = p.source_page_id;
        UPDATE s
        SET content = N'', archived_at = @at
        FROM @page AS p
        JOIN ingest.source_page AS s ON s.source_page_id = p.source_page_id;
        DELETE FROM ingest.chunk WHERE source_page_id IN (SELECT p.source_page_id FROM @page AS p);
        SET @chunks = ROWCOUNT_BIG();
        SET @remaining = @total - @pages;
        COMMIT TRANSACTION;
        IF @into_caller = 0 SELECT @pages AS pages, @chunks AS chunks, @characters AS characters, @remaining AS remaining;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
