-- Purpose:     the length of a text as JavaScript counts it, in UTF-16 units: characters beyond the basic plane count twice.
-- Parameters:  p_text.
-- Returns:     units.
-- Errors:      none.
-- Idempotency: pure.
-- Only such characters begin with a byte from F0 on in UTF-8. Read byte by byte, those are found without a regular
-- expression, which would look at every character.
CREATE OR REPLACE FUNCTION kb.fn_utf16_length(p_text text)
RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN octet_length(p_text) = length(p_text) THEN length(p_text)
        ELSE length(p_text) + octet_length(p_text)
            - length(translate(convert_from(convert_to(p_text, 'UTF8'), 'LATIN1'), U&'\00F0\00F1\00F2\00F3\00F4', '')) END;
$$;
