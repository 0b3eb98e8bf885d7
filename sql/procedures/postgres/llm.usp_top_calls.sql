-- Purpose:     what models were asked in a time and what that cost: requests, answers from the cache, tokens, USD.
-- Parameters:  p_from and p_to (UTC, the end excluded) when the calls began; default from the beginning of the day (UTC) to now;
--              p_now UTC.
-- Returns:     one row a model, by the name under which it was asked: calls (requests), failed_calls of these, cache_hits,
--              input_tokens, output_tokens, cached_tokens, known_cost_usd (of calls with a price), unpriced_calls.
-- Errors:      none.
-- Idempotency: reads only: the calls of that time, by ix_call_started. Sums of adjoining times add up, so that who looks again
--              and again need not read the day again.
CREATE OR REPLACE FUNCTION llm.usp_top_calls(
    p_from timestamptz DEFAULT NULL, p_to timestamptz DEFAULT NULL, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (
    model text, calls bigint, failed_calls bigint, cache_hits bigint, input_tokens bigint, output_tokens bigint,
    cached_tokens bigint, known_cost_usd numeric, unpriced_calls bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now  timestamptz := coalesce(p_now, clock_timestamp());
    v_from timestamptz := coalesce(p_from, (v_now AT TIME ZONE 'UTC')::date::timestamp AT TIME ZONE 'UTC');
    v_to   timestamptz := coalesce(p_to, v_now);
BEGIN
    RETURN QUERY
    SELECT coalesce(c.asked_model, c.model), count(*) FILTER (WHERE NOT c.cache_hit),
        count(*) FILTER (WHERE NOT c.cache_hit AND c.error_code IS NOT NULL), count(*) FILTER (WHERE c.cache_hit),
        sum(c.input_tokens)::bigint, sum(c.output_tokens)::bigint, sum(c.cached_tokens)::bigint,
        coalesce(sum(c.cost_usd), 0), count(*) - count(c.cost_usd)
    FROM llm.call AS c
    WHERE c.started_at >= v_from AND c.started_at < v_to
    GROUP BY 1
    ORDER BY 1;
END
$$;
