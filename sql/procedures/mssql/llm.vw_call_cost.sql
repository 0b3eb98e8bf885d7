-- Purpose:     what each call of a model used and cost, and of which job type it was, also if the job is archived or runs.
-- Columns:     run_id, started_at, job_type, model, cache_hit, input_tokens, output_tokens, cost_usd (null: no price was known).
CREATE OR ALTER VIEW llm.vw_call_cost AS
SELECT c.run_id, c.started_at, COALESCE(j.job_type, a.job_type, h.job_type) AS job_type, c.model, c.cache_hit,
    c.input_tokens, c.output_tokens, c.cost_usd
FROM llm.call AS c
LEFT JOIN llm.run AS r ON r.run_id = c.run_id
LEFT JOIN llm.job AS j ON j.job_id = r.job_id
LEFT JOIN llm.job_archive AS a ON a.job_id = r.job_id
LEFT JOIN llm.job AS h ON r.run_id IS NULL AND h.status = N'RUNNING' AND h.run_id = c.run_id;
