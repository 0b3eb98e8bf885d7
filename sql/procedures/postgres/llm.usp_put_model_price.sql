-- Purpose:     enter what a model costs; calls from now on are reckoned with it.
-- Parameters:  p_model as it is asked for, or as its answers name it (which goes before); p_input_usd_per_m,
--              p_output_usd_per_m USD for a million tokens; p_cached_usd_per_m for input tokens that the endpoint served from
--              its cache (null = as input); p_now UTC.
-- Returns:     created.
-- Errors:      INVALID_PAYLOAD.
-- Idempotency: yes.
CREATE OR REPLACE FUNCTION llm.usp_put_model_price(
    p_model text, p_input_usd_per_m numeric, p_output_usd_per_m numeric, p_cached_usd_per_m numeric DEFAULT NULL,
    p_now timestamptz DEFAULT NULL)
RETURNS TABLE (created boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF btrim(coalesce(p_model, '')) = '' THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: p_model is empty' USING ERRCODE = 'SR004';
    END IF;
    IF num_nulls(p_input_usd_per_m, p_output_usd_per_m) > 0
        OR NOT coalesce(least(p_input_usd_per_m, p_output_usd_per_m, p_cached_usd_per_m) >= 0
            AND greatest(p_input_usd_per_m, p_output_usd_per_m, p_cached_usd_per_m) < 1000000, false) THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: a price is no number from 0 to 1000000 USD for a million tokens'
            USING ERRCODE = 'SR004';
    END IF;
    RETURN QUERY
    INSERT INTO llm.model_price AS p (model, input_usd_per_m, output_usd_per_m, cached_usd_per_m, updated_at)
    VALUES (p_model, p_input_usd_per_m, p_output_usd_per_m, coalesce(p_cached_usd_per_m, p_input_usd_per_m),
        coalesce(p_now, clock_timestamp()))
    ON CONFLICT (model) DO UPDATE
        SET input_usd_per_m = EXCLUDED.input_usd_per_m, output_usd_per_m = EXCLUDED.output_usd_per_m,
            cached_usd_per_m = EXCLUDED.cached_usd_per_m, updated_at = EXCLUDED.updated_at
    RETURNING p.xmax = 0;
END
$$;
