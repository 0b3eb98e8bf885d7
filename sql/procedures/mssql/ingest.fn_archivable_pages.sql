-- Purpose:     superseded page versions that nothing rests on any more; what ingest.usp_archive_pages takes.
-- Parameters:  @older_than UTC instant of being superseded.
-- Returns:     source_page_id.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER FUNCTION ingest.fn_archivable_pages (@older_than datetime2(3))
RETURNS TABLE
AS RETURN (
    SELECT s.source_page_id
    FROM ingest.source_page AS s
    WHERE s.superseded_at < @older_than AND s.archived_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM kb.assertion AS a WHERE a.source_page_id = s.source_page_id AND a.retracted_at IS NULL)
      AND NOT EXISTS (
          SELECT 1 FROM llm.job AS j
          WHERE j.source_page_id = s.source_page_id AND j.source_page_id IS NOT NULL
            AND j.status IN (N'NEW', N'SCHEDULED', N'RUNNING'))
);
