-- Purpose:     move the text of superseded page versions to ingest.page_archive, and drop their chunks.
-- Parameters:  p_older_than UTC instant of being superseded; p_limit most versions of this call; p_now UTC; p_dry_run
--              counts all that match and changes nothing.
-- Returns:     pages, chunks, characters; remaining (matching versions that this call left: call again).
-- Errors:      none.
-- Idempotency: archived versions match no more. Never a version that a live assertion rests on (its page has not been read
--              anew yet) or that a job is open for; rows that are locked now are passed over and remain.
CREATE OR REPLACE FUNCTION ingest.usp_archive_pages(
    p_older_than timestamptz, p_limit integer DEFAULT 100, p_now timestamptz DEFAULT NULL, p_dry_run boolean DEFAULT false)
RETURNS TABLE (pages bigint, chunks bigint, characters bigint, remaining bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_now   timestamptz := coalesce(p_now, clock_timestamp());
    v_ids   bigint[];
    v_total bigint;
BEGIN
    IF p_dry_run THEN
        RETURN QUERY
        SELECT count(*), coalesce(sum((SELECT count(*) FROM ingest.chunk AS c WHERE c.source_page_id = s.source_page_id)), 0)::bigint,
            coalesce(sum(length(s.content)), 0)::bigint, 0::bigint
        FROM ingest.source_page AS s
        WHERE s.source_page_id IN (SELECT f.source_page_id FROM ingest.fn_archivable_pages(p_older_than) AS f);
        RETURN;
    END IF;

    SELECT count(*) INTO v_total FROM ingest.fn_archivable_pages(p_older_than);
    v_ids := ARRAY (
        SELECT s.source_page_id FROM ingest.source_page AS s
        WHERE s.source_page_id IN (SELECT f.source_page_id FROM ingest.fn_archivable_pages(p_older_than) AS f)
          AND s.archived_at IS NULL
        ORDER BY s.superseded_at, s.source_page_id
        LIMIT p_limit
        FOR UPDATE SKIP LOCKED);

    INSERT INTO ingest.page_archive (source_page_id, content, archived_at)
    SELECT s.source_page_id, s.content, v_now FROM ingest.source_page AS s WHERE s.source_page_id = ANY (v_ids);
    SELECT coalesce(sum(length(s.content)), 0) INTO characters FROM ingest.source_page AS s WHERE s.source_page_id = ANY (v_ids);
    UPDATE ingest.source_page AS s SET content = '', archived_at = v_now WHERE s.source_page_id = ANY (v_ids);
    DELETE FROM ingest.chunk AS c WHERE c.source_page_id = ANY (v_ids);
    GET DIAGNOSTICS chunks = ROW_COUNT;
    pages := cardinality(v_ids);
    remaining := v_total - pages;
    RETURN NEXT;
END
$$;
