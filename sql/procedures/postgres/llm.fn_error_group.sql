-- Purpose:     the id of a group of failures: those of one code whose messages are equal under llm.fn_error_mask.
-- Parameters:  p_error_code; p_message.
-- Returns:     twelve hexadecimal digits.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR REPLACE FUNCTION llm.fn_error_group(p_error_code text, p_message text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT left(encode(sha256(convert_to(coalesce(p_error_code, '') || '|' || llm.fn_error_mask(p_message), 'UTF8')), 'hex'), 12);
$$;
