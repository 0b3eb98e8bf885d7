-- Purpose:     what is stored of a page, without its text: whether it would change, and what would be enqueued then.
-- Parameters:  @source_system, @external_id.
-- Returns:     the current version and readers (how many jobs a new version would be enqueued for); no row if there is none.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE ingest.usp_find_page @source_system nvarchar(201), @external_id nvarchar(1601)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SELECT s.source_page_id, s.version, s.content_sha256, s.metadata, CONVERT(int, COALESCE(NULLIF(r.readers, 0), u.subjects)) AS readers
    FROM ingest.source_page AS s
    CROSS APPLY (SELECT COUNT(*) AS readers FROM ingest.fn_page_readers(@source_system, @external_id) AS f) AS r
    CROSS APPLY (SELECT COUNT(*) AS subjects FROM ingest.fn_page_subjects(@source_system, @external_id) AS f) AS u
    WHERE s.source_system = @source_system AND s.external_id_sha256 = CONVERT(binary(32), HASHBYTES('SHA2_256', @external_id))
      AND s.external_id = @external_id AND s.superseded_at IS NULL;
END;
