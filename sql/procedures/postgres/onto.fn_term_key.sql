-- Purpose:     what a term is known by: its name in lower case.
-- Parameters:  p_term.
-- Returns:     the key.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR REPLACE FUNCTION onto.fn_term_key(p_term text)
RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT lower(onto.fn_term_name(p_term));
$$;
