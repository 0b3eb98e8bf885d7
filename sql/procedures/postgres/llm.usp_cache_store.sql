-- Purpose:     remember where the valid answer to a request lies.
-- Parameters:  p_request_sha256 hex; p_lake_uri; p_model; p_expires_at (null = never).
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: a later answer to the same request takes the place of the earlier one.
CREATE OR REPLACE FUNCTION llm.usp_cache_store(
    p_request_sha256 text, p_lake_uri text, p_model text, p_expires_at timestamptz DEFAULT NULL)
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO llm.response_cache AS c (request_sha256, lake_uri, model, expires_at)
    VALUES (p_request_sha256, p_lake_uri, p_model, p_expires_at)
    ON CONFLICT (request_sha256) DO UPDATE
        SET lake_uri = EXCLUDED.lake_uri, model = EXCLUDED.model, expires_at = EXCLUDED.expires_at,
            created_at = clock_timestamp()
        WHERE c.lake_uri <> EXCLUDED.lake_uri OR c.expires_at IS DISTINCT FROM EXCLUDED.expires_at;
$$;
