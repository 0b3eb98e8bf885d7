-- Purpose:     superseded page versions that nothing rests on any more; what ingest.usp_archive_pages takes.
-- Parameters:  p_older_than UTC instant of being superseded.
-- Returns:     source_page_id.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION ingest.fn_archivable_pages(p_older_than timestamptz)
RETURNS TABLE (source_page_id bigint)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.source_page_id
    FROM ingest.source_page AS s
    WHERE s.superseded_at < p_older_than AND s.archived_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM kb.assertion AS a WHERE a.source_page_id = s.source_page_id AND a.retracted_at IS NULL)
      AND NOT EXISTS (SELECT 1 FROM llm.job AS j
                      WHERE j.source_page_id = s.source_page_id AND j.status IN ('NEW', 'SCHEDULED', 'RUNNING'));
$$;
