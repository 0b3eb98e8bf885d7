-- Purpose:     ask for a request's share of the fleet's limits before it is sent.
-- Parameters:  p_model; p_run_id; p_requests, p_tokens, p_usd what it is expected to use; p_now UTC.
-- Returns:     granted; wait_ms until it is worth asking again; reservation_id (null without limits or grant).
-- Errors:      INVALID_PAYLOAD for a negative amount.
-- Idempotency: each call reserves; llm.usp_settle_budget puts the real usage in its place.
-- A bucket holds 5 % of the limit and refills with 95 % of it a minute, so no sliding minute ever sees more than the limit.
-- A request that alone wants more than a bucket holds is let through when the bucket is full, and leaves it in debt.
CREATE OR REPLACE FUNCTION llm.usp_reserve_budget(
    p_model text, p_run_id uuid, p_requests integer DEFAULT 1, p_tokens bigint DEFAULT 0, p_usd numeric DEFAULT 0,
    p_now timestamptz DEFAULT NULL)
RETURNS TABLE (granted boolean, wait_ms bigint, reservation_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now      timestamptz;
    v_limit    llm.rate_limit;
    v_minutes  double precision;
    v_requests double precision;
    v_tokens   double precision;
    v_spent    numeric;
    v_wait     double precision := 0;
    v_id       bigint;
BEGIN
    IF least(p_requests, p_tokens, p_usd) < 0 THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: p_requests, p_tokens or p_usd is less than 0' USING ERRCODE = 'SR004';
    END IF;
    SELECT * INTO v_limit FROM llm.rate_limit AS l WHERE l.model = p_model FOR UPDATE;
    IF NOT FOUND THEN
        RETURN QUERY SELECT true, 0::bigint, NULL::bigint;
        RETURN;
    END IF;
    -- After the wait for the row, and never back.
    v_now := greatest(coalesce(p_now, clock_timestamp()), v_limit.bucket_at);
    v_minutes := greatest(0, extract(epoch FROM v_now - coalesce(v_limit.bucket_at, v_now)) / 60);
    v_requests := least(v_limit.requests_per_minute * 0.05,
        coalesce(v_limit.requests_level, v_limit.requests_per_minute * 0.05) + v_minutes * v_limit.requests_per_minute * 0.95);
    v_tokens := least(v_limit.tokens_per_minute * 0.05,
        coalesce(v_limit.tokens_level, v_limit.tokens_per_minute * 0.05) + v_minutes * v_limit.tokens_per_minute * 0.95);
    IF v_requests < least(p_requests, greatest(v_limit.requests_per_minute * 0.05, 0.000001)) THEN
        v_wait := (least(p_requests, v_limit.requests_per_minute * 0.05) - v_requests) / (v_limit.requests_per_minute * 0.95) * 60000;
    END IF;
    IF v_tokens < least(p_tokens, v_limit.tokens_per_minute * 0.05) THEN
        v_wait := greatest(v_wait,
            (least(p_tokens, v_limit.tokens_per_minute * 0.05) - v_tokens) / (v_limit.tokens_per_minute * 0.95) * 60000);
    END IF;
    IF v_limit.usd_per_day IS NOT NULL THEN
        SELECT coalesce(sum(b.usd), 0) INTO v_spent
        FROM llm.budget_reservation AS b
        WHERE b.model = p_model AND b.reserved_at >= date_trunc('day', v_now AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
          -- A reservation that was never settled ends with its run.
          AND (b.settled_at IS NOT NULL OR NOT EXISTS (SELECT 1 FROM llm.run AS r WHERE r.run_id = b.run_id));
        IF v_spent + p_usd > v_limit.usd_per_day THEN
            v_wait := greatest(v_wait, extract(epoch FROM
                (date_trunc('day', v_now AT TIME ZONE 'UTC') + interval '1 day') AT TIME ZONE 'UTC' - v_now) * 1000);
        END IF;
    END IF;
    IF v_wait > 0 THEN
        RETURN QUERY SELECT false, ceil(v_wait)::bigint, NULL::bigint;
        RETURN;
    END IF;
    UPDATE llm.rate_limit AS l
    SET requests_level = v_requests - p_requests, tokens_level = v_tokens - p_tokens, bucket_at = v_now
    WHERE l.model = p_model;
    INSERT INTO llm.budget_reservation AS b (model, run_id, tokens, usd, reserved_at)
    VALUES (p_model, p_run_id, p_tokens, p_usd, v_now)
    RETURNING b.reservation_id INTO v_id;
    RETURN QUERY SELECT true, 0::bigint, v_id;
END
$$;
