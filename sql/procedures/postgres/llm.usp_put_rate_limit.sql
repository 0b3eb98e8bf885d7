-- Purpose:     set the limits of the whole fleet for a model; they hold for the next request, jobs that wait included.
-- Parameters:  p_model as it is asked for; p_requests_per_minute, p_tokens_per_minute greater than 0; p_usd_per_day (UTC) 0 or
--              more; null = no such limit; p_now UTC.
-- Returns:     created; is_priced whether the price of the model is known, without which a limit of USD lets nothing through.
-- Errors:      INVALID_PAYLOAD.
-- Idempotency: yes. What was used stays counted. UPDATE llm.rate_limit does the same.
CREATE OR REPLACE FUNCTION llm.usp_put_rate_limit(
    p_model text, p_requests_per_minute integer DEFAULT NULL, p_tokens_per_minute bigint DEFAULT NULL,
    p_usd_per_day numeric DEFAULT NULL, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (created boolean, is_priced boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF btrim(coalesce(p_model, '')) = '' THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: p_model is empty' USING ERRCODE = 'SR004';
    END IF;
    IF p_requests_per_minute <= 0 OR p_tokens_per_minute <= 0 OR p_usd_per_day < 0 OR p_usd_per_day >= 100000000 THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: a limit is less than 0, none a minute, or 100000000 USD or more' USING ERRCODE = 'SR004',
            HINT = 'To stop a job type, pause it; null is no limit.';
    END IF;
    IF num_nonnulls(p_requests_per_minute, p_tokens_per_minute, p_usd_per_day) = 0 THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: no limit is given' USING ERRCODE = 'SR004',
            HINT = 'llm.usp_delete_rate_limit removes the limits of a model.';
    END IF;
    RETURN QUERY
    INSERT INTO llm.rate_limit AS l (model, requests_per_minute, tokens_per_minute, usd_per_day, updated_at)
    VALUES (p_model, p_requests_per_minute, p_tokens_per_minute, p_usd_per_day, coalesce(p_now, clock_timestamp()))
    ON CONFLICT (model) DO UPDATE
        SET requests_per_minute = EXCLUDED.requests_per_minute, tokens_per_minute = EXCLUDED.tokens_per_minute,
            usd_per_day = EXCLUDED.usd_per_day, updated_at = EXCLUDED.updated_at
    RETURNING l.xmax = 0, EXISTS (SELECT 1 FROM llm.model_price AS p WHERE p.model = p_model);
END
$$;
