-- Purpose:     forget stored answers that are old or have expired; their files stay with their runs.
-- Parameters:  p_older_than UTC instant at which the answer was given; p_limit most rows of this call; p_now UTC.
-- Returns:     purged.
-- Errors:      INVALID_PAYLOAD for a negative limit.
-- Idempotency: yes. Rows that are locked now are passed over.
CREATE OR REPLACE FUNCTION llm.usp_purge_cache(
    p_older_than timestamptz, p_limit integer DEFAULT 1000, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (purged bigint)
-- Index access only: the statistics of what is being erased are never right.
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
    v_more bigint;
BEGIN
    PERFORM llm.fn_checked_limit(p_limit);
    DELETE FROM llm.response_cache AS c
    WHERE c.request_sha256 = ANY (ARRAY (
        SELECT o.request_sha256 FROM llm.response_cache AS o
        WHERE o.created_at < p_older_than
        ORDER BY o.created_at
        LIMIT p_limit
        FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS purged = ROW_COUNT;

    DELETE FROM llm.response_cache AS c
    WHERE c.request_sha256 = ANY (ARRAY (
        SELECT o.request_sha256 FROM llm.response_cache AS o
        WHERE o.expires_at < coalesce(p_now, clock_timestamp())
        ORDER BY o.expires_at
        LIMIT greatest(p_limit - purged, 0)
        FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS v_more = ROW_COUNT;
    purged := purged + v_more;
    RETURN NEXT;
END
$$;
