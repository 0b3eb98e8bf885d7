-- Purpose:     what is stored of a page, without its text: whether it would change, and what would be enqueued then.
-- Parameters:  p_source_system, p_external_id.
-- Returns:     the current version and readers (how many jobs a new version would be enqueued for); no row if there is none.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION ingest.usp_find_page(p_source_system text, p_external_id text)
RETURNS TABLE (source_page_id bigint, version integer, content_sha256 text, metadata jsonb, readers integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.source_page_id, s.version, s.content_sha256, s.metadata,
        coalesce(nullif((SELECT count(*) FROM ingest.fn_page_readers(p_source_system, p_external_id)), 0),
            (SELECT count(*) FROM ingest.fn_page_subjects(p_source_system, p_external_id)))::integer
    FROM ingest.source_page AS s
    WHERE s.source_system = p_source_system AND s.external_id = p_external_id AND s.superseded_at IS NULL;
$$;
