-- Purpose:     how far the limits of models and dags are used now.
-- Parameters:  p_now UTC.
-- Returns:     one row a limit: scope (model, or dag:<dag_id>), measure (requests_per_minute and tokens_per_minute: what began in
--              the last 60 s; usd_per_day: spent and reserved today, UTC; usd_limit: of a running dag), used, most, used_percent;
--              is_spent: its jobs wait for money.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION llm.usp_top_budgets(p_now timestamptz DEFAULT NULL)
RETURNS TABLE (scope text, measure text, used numeric, most numeric, used_percent numeric, is_spent boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now timestamptz := coalesce(p_now, clock_timestamp());
BEGIN
    RETURN QUERY
    WITH minute AS (
        SELECT coalesce(c.asked_model, c.model) AS model, count(*) AS requests, sum(c.input_tokens + c.output_tokens) AS tokens
        FROM llm.call AS c
        WHERE c.started_at > v_now - interval '1 minute' AND c.started_at <= v_now AND NOT c.cache_hit
        GROUP BY 1
    ), bound AS (
        SELECT l.model AS scope, b.ordinal, b.measure, b.used, b.most, b.is_spent
        FROM llm.usp_list_limits(v_now) AS l
        LEFT JOIN minute AS m ON m.model = l.model
        CROSS JOIN LATERAL (VALUES
            (1, 'requests_per_minute', coalesce(m.requests, 0)::numeric, l.requests_per_minute::numeric, false),
            (2, 'tokens_per_minute', coalesce(m.tokens, 0)::numeric, l.tokens_per_minute::numeric, false),
            (3, 'usd_per_day', coalesce(l.usd_used, 0), l.usd_per_day, l.is_spent)
        ) AS b (ordinal, measure, used, most, is_spent)
        WHERE l.is_limited AND b.most IS NOT NULL
        UNION ALL
        SELECT 'dag:' || b.dag_id, 4, 'usd_limit', b.usd_used, b.usd_limit, coalesce(b.usd_limit <= b.refused_limit, false)
        FROM llm.dag_budget AS b
        JOIN llm.dag AS d ON d.dag_id = b.dag_id AND d.status = 'RUNNING'
    )
    SELECT b.scope, b.measure, b.used, b.most,
        CASE WHEN b.used = 0 THEN 0 WHEN b.most = 0 THEN 100 ELSE round(100 * b.used / b.most, 1) END, b.is_spent
    FROM bound AS b
    ORDER BY b.ordinal = 4, b.scope, b.ordinal;
END
$$;
