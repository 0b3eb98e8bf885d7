-- Purpose:     what models were asked and what it cost, by day (UTC), job type and model.
-- Columns:     runs, calls, cache_hits, input_tokens, output_tokens, cost_usd (null if the price of any of the calls was not
--              known), known_cost_usd of the others, unpriced_calls.
CREATE OR ALTER VIEW llm.vw_run_cost AS
SELECT CONVERT(date, c.started_at) AS day, COALESCE(j.job_type, a.job_type, h.job_type) AS job_type, c.model,
    COUNT_BIG(DISTINCT c.run_id) AS runs,
    SUM(CONVERT(bigint, IIF(c.cache_hit = 0, 1, 0))) AS calls, SUM(CONVERT(bigint, IIF(c.cache_hit = 1, 1, 0))) AS cache_hits,
    SUM(c.input_tokens) AS input_tokens, SUM(c.output_tokens) AS output_tokens,
    CASE WHEN COUNT_BIG(*) = COUNT_BIG(c.cost_usd) THEN SUM(c.cost_usd) END AS cost_usd,
    COALESCE(SUM(c.cost_usd), 0) AS known_cost_usd, COUNT_BIG(*) - COUNT_BIG(c.cost_usd) AS unpriced_calls
FROM llm.call AS c
LEFT JOIN llm.run AS r ON r.run_id = c.run_id
LEFT JOIN llm.job AS j ON j.job_id = r.job_id
LEFT JOIN llm.job_archive AS a ON a.job_id = r.job_id
LEFT JOIN llm.job AS h ON r.run_id IS NULL AND h.status = N'RUNNING' AND h.run_id = c.run_id
GROUP BY CONVERT(date, c.started_at), COALESCE(j.job_type, a.job_type, h.job_type), c.model;
