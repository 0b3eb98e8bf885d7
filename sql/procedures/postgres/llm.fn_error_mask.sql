-- Purpose:     an error message without what differs from job to job, so that equal failures look equal.
-- Parameters:  p_message.
-- Returns:     its first 300 characters in one line; what stands in double quotes is "…", every word with a digit is #.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR REPLACE FUNCTION llm.fn_error_mask(p_message text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT left(regexp_replace(regexp_replace(regexp_replace(left(coalesce(p_message, ''), 2000), '\s+', ' ', 'g'),
        '"[^"]*"', '"…"', 'g'),
        '[[:alnum:]_.:/-]*[0-9]([[:alnum:]_.:/-]*[[:alnum:]_/-])?', '#', 'g'), 300);
$$;
