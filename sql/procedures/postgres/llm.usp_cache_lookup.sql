-- Purpose:     find a stored answer to exactly this request, and count the hit.
-- Parameters:  p_request_sha256 hex; p_now UTC, default the server's clock.
-- Returns:     lake_uri and model, no row if there is none or it has expired.
-- Errors:      none.
-- Idempotency: only the number of hits grows.
CREATE OR REPLACE FUNCTION llm.usp_cache_lookup(p_request_sha256 text, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (lake_uri text, model text)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE llm.response_cache AS c
    SET hits = c.hits + 1
    WHERE c.request_sha256 = p_request_sha256
      AND (c.expires_at IS NULL OR c.expires_at > coalesce(p_now, clock_timestamp()))
    RETURNING c.lake_uri, c.model;
$$;
