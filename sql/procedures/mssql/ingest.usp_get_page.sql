-- Purpose:     read one page version; the runner's way to a page, for it may not read tables.
-- Parameters:  @source_page_id.
-- Returns:     the page, no row if there is none.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE ingest.usp_get_page @source_page_id bigint
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SELECT s.source_page_id, s.source_system, s.external_id, s.version, s.title, s.content_type, s.content,
        s.content_sha256, s.metadata, s.ingested_at, s.superseded_at
    FROM ingest.source_page AS s
    WHERE s.source_page_id = @source_page_id;
END;
