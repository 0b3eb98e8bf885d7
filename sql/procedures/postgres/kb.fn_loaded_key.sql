-- Purpose:     the key of a name or type that is loaded with SQL without one.
-- Parameters:  p_text; p_as 'name' or 'type'; p_given the key that was passed, if any.
-- Returns:     the key; null if the text wants one computed outside (it is not ASCII: NFKC is not SQL's).
-- Errors:      none.
-- Idempotency: pure.
CREATE OR REPLACE FUNCTION kb.fn_loaded_key(p_text text, p_as text, p_given text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN p_given IS NOT NULL THEN p_given
        WHEN p_text IS NULL THEN ''
        WHEN p_text ~ '[^\x01-\x7F]' OR octet_length(p_text) > 999 THEN NULL
        WHEN p_as = 'type' THEN btrim(regexp_replace(lower(btrim(p_text)), '[\s_-]+', '_', 'g'), '_')
        ELSE regexp_replace(lower(btrim(p_text)), '\s+', ' ', 'g') END;
$$;
