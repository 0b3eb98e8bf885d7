-- Purpose:     erase archived page texts for good; the versions' rows (title, hash, times) stay.
-- Parameters:  p_older_than UTC instant of archiving; p_limit most versions of this call.
-- Returns:     purged.
-- Errors:      none.
-- Idempotency: yes.
CREATE OR REPLACE FUNCTION ingest.usp_purge_page_archive(p_older_than timestamptz, p_limit integer DEFAULT 1000)
RETURNS TABLE (purged bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH gone AS (
        DELETE FROM ingest.page_archive AS a
        WHERE a.source_page_id IN (
            SELECT o.source_page_id FROM ingest.page_archive AS o
            WHERE o.archived_at < p_older_than
            ORDER BY o.archived_at
            LIMIT p_limit
            FOR UPDATE SKIP LOCKED)
        RETURNING 1
    )
    SELECT count(*) FROM gone;
$$;
