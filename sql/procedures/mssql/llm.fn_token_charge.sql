-- Purpose:     what a request takes out of a bucket of tokens, so that requests of that size never exceed the limit in any
--              minute, although each uses all its tokens at once; internal.
-- Parameters:  @tokens of the request; @limit tokens a minute (null = no limit).
-- Returns:     tokens * limit / (limit - tokens); from half the limit on, one request a minute: the limit, or more if it
--              alone uses more.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR ALTER FUNCTION llm.fn_token_charge (@tokens bigint, @limit bigint)
RETURNS float
AS
BEGIN
    RETURN CASE
        WHEN @limit IS NULL THEN CONVERT(float, 0)
        WHEN CONVERT(float, @tokens) * 2 >= @limit THEN CONVERT(float, IIF(@tokens > @limit, @tokens, @limit))
        ELSE CONVERT(float, @tokens) * @limit / (@limit - @tokens) END;
END;
