-- Purpose:     what a request takes out of a bucket of tokens, so that requests of that size never exceed the limit in any
--              minute, although each uses all its tokens at once; internal.
-- Parameters:  p_tokens of the request; p_limit tokens a minute (null = no limit).
-- Returns:     tokens * limit / (limit - tokens); from half the limit on, one request a minute: the limit, or more if it
--              alone uses more.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR REPLACE FUNCTION llm.fn_token_charge(p_tokens bigint, p_limit bigint)
RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN p_limit IS NULL THEN 0
        WHEN p_tokens * 2 >= p_limit THEN greatest(p_tokens, p_limit)
        ELSE p_tokens::double precision * p_limit / (p_limit - p_tokens) END;
$$;
