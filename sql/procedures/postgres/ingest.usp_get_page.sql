-- Purpose:     read one page version; the runner's way to a page, for it may not read tables.
-- Parameters:  p_source_page_id.
-- Returns:     the page, no row if there is none.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION ingest.usp_get_page(p_source_page_id bigint)
RETURNS TABLE (
    source_page_id bigint, source_system text, external_id text, version integer, title text, content_type text,
    content text, content_sha256 text, metadata jsonb, ingested_at timestamptz, superseded_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.source_page_id, s.source_system, s.external_id, s.version, s.title, s.content_type, s.content,
        s.content_sha256, s.metadata, s.ingested_at, s.superseded_at
    FROM ingest.source_page AS s
    WHERE s.source_page_id = p_source_page_id;
$$;
