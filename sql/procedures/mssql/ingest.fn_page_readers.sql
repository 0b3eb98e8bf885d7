-- Purpose:     the job types of pages that have read any version of a page (live assertions, or an extraction, which may have found
--              nothing) or are about to (an open job): what a new version of it is enqueued for.
-- Parameters:  @source_system, @external_id.
-- Returns:     job_type.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER FUNCTION ingest.fn_page_readers (@source_system nvarchar(201), @external_id nvarchar(1601))
RETURNS TABLE
AS RETURN (
    SELECT j.job_type
    FROM llm.job_type AS j
    WHERE j.handler = N'page' AND EXISTS (
        SELECT 1
        FROM ingest.source_page AS s
        WHERE s.source_system = @source_system AND s.external_id_sha256 = CONVERT(binary(32), HASHBYTES('SHA2_256', @external_id))
          AND s.external_id = @external_id
          AND (EXISTS (
                  SELECT 1 FROM kb.assertion AS a
                  WHERE a.source_page_id = s.source_page_id AND a.job_type = j.job_type AND a.retracted_at IS NULL)
              OR EXISTS (
                  SELECT 1 FROM kb.extraction AS x WHERE x.source_page_id = s.source_page_id AND x.job_type = j.job_type)
              OR EXISTS (
                  SELECT 1 FROM llm.job AS o
                  WHERE o.source_page_id = s.source_page_id AND o.source_page_id IS NOT NULL AND o.job_type = j.job_type
                    AND o.status IN (N'NEW', N'SCHEDULED', N'RUNNING'))))
);
