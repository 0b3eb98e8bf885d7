-- Purpose:     limits and prices of models, as runners read them every few seconds and people when they ask.
-- Parameters:  p_now UTC; p_counts_today false leaves usd_used null where no request was reserved today, instead of summing
--              the calls of the day (for those who ask every few seconds).
-- Returns:     one row a model with a limit or a price: its limits (null = none), usd_used of today (UTC; what is reserved
--              included; null = without a limit of USD), is_spent whether its jobs wait for money, its prices (null = not
--              known).
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION llm.usp_list_limits(p_now timestamptz DEFAULT NULL, p_counts_today boolean DEFAULT true)
RETURNS TABLE (
    model text, is_limited boolean, requests_per_minute integer, tokens_per_minute bigint, usd_per_day numeric,
    usd_used numeric, is_spent boolean, input_usd_per_m numeric, output_usd_per_m numeric, cached_usd_per_m numeric)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(l.model, p.model), l.model IS NOT NULL, l.requests_per_minute, l.tokens_per_minute, l.usd_per_day,
        CASE WHEN l.usd_per_day IS NULL THEN NULL WHEN l.usd_day = t.today THEN l.usd_used
            WHEN p_counts_today THEN llm.fn_usd_of_day(l.model, t.today) END,
        l.usd_per_day IS NOT NULL AND (p.model IS NULL
            OR (l.refused_day IS NOT NULL AND l.refused_day = t.today AND l.usd_per_day <= l.refused_limit)),
        p.input_usd_per_m, p.output_usd_per_m, p.cached_usd_per_m
    FROM (SELECT (coalesce(p_now, clock_timestamp()) AT TIME ZONE 'UTC')::date AS today) AS t
    CROSS JOIN llm.rate_limit AS l
    FULL JOIN llm.model_price AS p ON p.model = l.model
    ORDER BY 1;
$$;
