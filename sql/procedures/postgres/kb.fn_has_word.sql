-- Purpose:     whether a text has one of some words; internal.
-- Parameters:  p_text, may be null; p_words in lower case.
-- Returns:     true or false.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR REPLACE FUNCTION kb.fn_has_word(p_text text, p_words text[])
RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT p_text IS NOT NULL AND regexp_split_to_array(lower(p_text), '[[:space:][:punct:]]+') && p_words;
$$;
