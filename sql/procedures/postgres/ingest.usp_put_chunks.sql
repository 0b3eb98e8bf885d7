-- Purpose:     record the chunks of a page under a chunking policy.
-- Parameters:  p_source_page_id; p_policy_sha256 hex; p_chunks json array of {chunk_index, char_start, char_end (UTF-16
--              offsets), token_count, content, content_sha256}.
-- Returns:     the number of chunks that were new.
-- Errors:      none.
-- Idempotency: chunks are a function of page and policy; known ones stay.
CREATE OR REPLACE FUNCTION ingest.usp_put_chunks(p_source_page_id bigint, p_policy_sha256 text, p_chunks jsonb)
RETURNS TABLE (inserted bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH placed AS (
        INSERT INTO ingest.chunk (source_page_id, policy_sha256, chunk_index, char_start, char_end, token_count, content,
            content_sha256)
        SELECT p_source_page_id, p_policy_sha256, c.chunk_index, c.char_start, c.char_end, c.token_count, c.content,
            c.content_sha256
        FROM jsonb_to_recordset(p_chunks) AS c (
            chunk_index integer, char_start integer, char_end integer, token_count integer, content text, content_sha256 text)
        ORDER BY c.chunk_index
        ON CONFLICT (source_page_id, policy_sha256, chunk_index) DO NOTHING
        RETURNING 1
    )
    SELECT count(*) FROM placed;
$$;
