-- Purpose:     what a term is known by: in lower case, trimmed, white space within as one blank.
-- Parameters:  p_term.
-- Returns:     the key.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR REPLACE FUNCTION onto.fn_term_key(p_term text)
RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT lower(btrim(regexp_replace(p_term, '\s+', ' ', 'g')));
$$;
