-- Purpose:     erase archived page texts for good; the versions' rows (title, hash, times) stay.
-- Parameters:  @older_than UTC instant of archiving; @limit most versions of this call; @into_caller 1: no result set,
--              the number goes to @purged.
-- Returns:     purged.
-- Errors:      none.
-- Idempotency: yes.
CREATE OR ALTER PROCEDURE ingest.usp_purge_page_archive
    @older_than datetime2(3), @limit int = 1000, @into_caller bit = 0, @purged bigint = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @page TABLE (source_page_id bigint NOT NULL PRIMARY KEY);
    BEGIN TRY
        BEGIN TRANSACTION;
        INSERT INTO @page (source_page_id)
        SELECT TOP (COALESCE(@limit, 2147483647)) a.source_page_id
        FROM ingest.page_archive AS a WITH (UPDLOCK, READPAST, ROWLOCK, READCOMMITTEDLOCK)
        WHERE a.archived_at < @older_than
        ORDER BY a.archived_at;
        DELETE FROM ingest.page_archive WHERE source_page_id IN (SELECT p.source_page_id FROM @page AS p);
        SET @purged = ROWCOUNT_BIG();
        COMMIT TRANSACTION;
        IF @into_caller = 0 SELECT @purged AS purged;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
