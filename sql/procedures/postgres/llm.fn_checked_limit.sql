-- Purpose:     the most rows that a call may touch, checked; internal.
-- Parameters:  p_limit null for any number.
-- Returns:     p_limit.
-- Errors:      INVALID_PAYLOAD if it is negative.
-- Idempotency: pure.
CREATE OR REPLACE FUNCTION llm.fn_checked_limit(p_limit integer)
RETURNS integer
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF p_limit < 0 THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: p_limit is %, which is less than 0', p_limit USING ERRCODE = 'SR004';
    END IF;
    RETURN p_limit;
END
$$;
