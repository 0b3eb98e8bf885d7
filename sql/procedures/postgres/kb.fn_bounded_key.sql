-- Purpose:     keep a key below an index limit: a longer one is its first part and its sha256, never a cut.
-- Parameters:  p_key; p_bytes most bytes (at least 120).
-- Returns:     the key.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR REPLACE FUNCTION kb.fn_bounded_key(p_key text, p_bytes integer)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN octet_length(p_key) <= p_bytes THEN p_key
        ELSE left(p_key, (p_bytes - 65) / 4) || ':' || encode(sha256(convert_to(p_key, 'UTF8')), 'hex') END;
$$;
