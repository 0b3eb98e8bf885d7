-- Purpose:     the key of a name or type that is loaded with SQL, as src/knowledge/name-key.ts makes it.
-- Parameters:  p_text; p_as 'name' or 'type'; p_given the key that was passed, if any.
-- Returns:     the key, '' for null; null if the text wants one computed outside (it is not ASCII: NFKC is not SQL's).
-- Errors:      none.
-- Idempotency: pure.
CREATE OR REPLACE FUNCTION kb.fn_loaded_key(p_text text, p_as text, p_given text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN p_given IS NOT NULL THEN p_given
        WHEN p_text IS NULL THEN ''
        WHEN octet_length(p_text) > length(p_text) THEN NULL
        WHEN octet_length(k.key) <= 999 THEN k.key
        ELSE left(k.key, 934) || '~' || encode(sha256(convert_to(k.key, 'UTF8')), 'hex') END
    FROM (SELECT btrim(regexp_replace(lower(p_text COLLATE "C"), '[\x01-\x20\x7F]+', ' ', 'g'), ' ') AS name) AS n
    CROSS JOIN LATERAL (
        SELECT CASE p_as WHEN 'type' THEN btrim(regexp_replace(n.name, '[ _-]+', '_', 'g'), '_') ELSE n.name END AS key) AS k;
$$;
