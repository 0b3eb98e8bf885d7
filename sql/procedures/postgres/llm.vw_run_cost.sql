-- Purpose:     what models were asked and what it cost, by day (UTC), job type and model.
-- Columns:     runs, calls, cache_hits, input_tokens, output_tokens, cost_usd (null if the price of any of the calls was not
--              known), known_cost_usd of the others, unpriced_calls.
CREATE OR REPLACE VIEW llm.vw_run_cost AS
SELECT (c.started_at AT TIME ZONE 'UTC')::date AS day, coalesce(j.job_type, a.job_type, h.job_type) AS job_type, c.model,
    count(DISTINCT c.run_id) AS runs, count(*) FILTER (WHERE NOT c.cache_hit) AS calls,
    count(*) FILTER (WHERE c.cache_hit) AS cache_hits, sum(c.input_tokens) AS input_tokens,
    sum(c.output_tokens) AS output_tokens,
    CASE WHEN count(*) = count(c.cost_usd) THEN sum(c.cost_usd) END AS cost_usd,
    coalesce(sum(c.cost_usd), 0) AS known_cost_usd, count(*) - count(c.cost_usd) AS unpriced_calls
FROM llm.call AS c
LEFT JOIN llm.run AS r ON r.run_id = c.run_id
LEFT JOIN llm.job AS j ON j.job_id = r.job_id
LEFT JOIN llm.job_archive AS a ON a.job_id = r.job_id
LEFT JOIN llm.job AS h ON r.run_id IS NULL AND h.status = 'RUNNING' AND h.run_id = c.run_id
GROUP BY (c.started_at AT TIME ZONE 'UTC')::date, coalesce(j.job_type, a.job_type, h.job_type), c.model;
