-- Purpose:     a term or another name of it as it is kept: trimmed, white space within as one blank.
-- Parameters:  p_term.
-- Returns:     the name.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR REPLACE FUNCTION onto.fn_term_name(p_term text)
RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT btrim(regexp_replace(p_term, '\s+', ' ', 'g'));
$$;
