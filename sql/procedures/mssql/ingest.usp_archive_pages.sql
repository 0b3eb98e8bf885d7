-- Purpose:     move the text of superseded page versions to ingest.page_archive, and drop their chunks.
-- Parameters:  @older_than UTC instant of being superseded; @limit most versions of this call; @now UTC; @dry_run
--              counts all that match and changes nothing.
-- Returns:     pages, chunks, characters; remaining (matching versions that this call left: call again).
-- Errors:      none.
-- Idempotency: archived versions match no more. Never a version that a live assertion rests on (its page has not been read
--              anew yet) or that a job is open for; rows that are locked now are passed over and remain.
CREATE OR ALTER PROCEDURE ingest.usp_archive_pages
    @older_than datetime2(3), @limit int = 100, @now datetime2(3) = NULL, @dry_run bit = 0
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @total bigint, @pages bigint, @chunks bigint = 0, @characters bigint;
    DECLARE @page TABLE (source_page_id bigint NOT NULL PRIMARY KEY);
    IF @dry_run = 1
    BEGIN
        SELECT COUNT_BIG(*) AS pages, COALESCE(SUM(c.chunks), 0) AS chunks,
            COALESCE(SUM(CONVERT(bigint, kb.fn_utf16_length(s.content))), 0) AS characters, CONVERT(bigint, 0) AS remaining
        FROM ingest.fn_archivable_pages(@older_than) AS f
        JOIN ingest.source_page AS s ON s.source_page_id = f.source_page_id
        CROSS APPLY (SELECT COUNT_BIG(*) AS chunks FROM ingest.chunk AS k WHERE k.source_page_id = s.source_page_id) AS c;
        RETURN;
    END;
    BEGIN TRY
        BEGIN TRANSACTION;
        SELECT @total = COUNT_BIG(*) FROM ingest.fn_archivable_pages(@older_than) AS f;
        INSERT INTO @page (source_page_id)
        SELECT TOP (@limit) s.source_page_id
        FROM ingest.source_page AS s WITH (UPDLOCK, READPAST, ROWLOCK, READCOMMITTEDLOCK)
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
        COMMIT TRANSACTION;
        SELECT @pages AS pages, @chunks AS chunks, @characters AS characters, @total - @pages AS remaining;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
