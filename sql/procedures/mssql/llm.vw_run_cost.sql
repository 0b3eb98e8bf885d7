-- Purpose:     what models were asked and what it cost, by day (UTC), job type and model.
-- Columns:     runs, calls, cache_hits, input_tokens, output_tokens, cost_usd (null if the price of any of the calls was not
--              known), known_cost_usd of the others, unpriced_calls.
CREATE OR ALTER VIEW llm.vw_run_cost AS
SELECT CONVERT(date, c.started_at) AS day, c.job_type, c.model, COUNT_BIG(DISTINCT c.run_id) AS runs,
    SUM(CONVERT(bigint, IIF(c.cache_hit = 0, 1, 0))) AS calls, SUM(CONVERT(bigint, IIF(c.cache_hit = 1, 1, 0))) AS cache_hits,
    SUM(c.input_tokens) AS input_tokens, SUM(c.output_tokens) AS output_tokens,
    CASE WHEN COUNT_BIG(*) = COUNT_BIG(c.cost_usd) THEN SUM(c.cost_usd) END AS cost_usd,
    COALESCE(SUM(c.cost_usd), 0) AS known_cost_usd, COUNT_BIG(*) - COUNT_BIG(c.cost_usd) AS unpriced_calls
FROM llm.vw_call_cost AS c
GROUP BY CONVERT(date, c.started_at), c.job_type, c.model;
