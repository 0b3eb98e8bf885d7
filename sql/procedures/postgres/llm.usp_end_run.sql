-- Purpose:     write the row of an attempt that ends now; internal, called while the job's row is locked.
-- Parameters:  p_job_id, p_run_id; p_status of the run; p_error_code, p_error (null = none); p_run json
--              {prompt_sha256?, model?}; p_now UTC.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: a run that has its row keeps it.
CREATE OR REPLACE FUNCTION llm.usp_end_run(
    p_job_id bigint, p_run_id uuid, p_status text, p_error_code text, p_error text, p_run jsonb, p_now timestamptz)
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO llm.run (run_id, job_id, attempt, worker_id, correlation_id, contract_name, contract_version,
        prompt_sha256, model, started_at, finished_at, status, input_tokens, output_tokens, cached_tokens, cost_usd,
        duration_ms, error_code, error)
    SELECT p_run_id, j.job_id, j.attempt_count + 1, j.locked_by, j.correlation_id, t.contract_name, j.contract_version,
        p_run ->> 'prompt_sha256', coalesce(p_run ->> 'model', c.model), j.started_at, p_now, p_status,
        coalesce(c.input_tokens, 0), coalesce(c.output_tokens, 0), coalesce(c.cached_tokens, 0), 
        CASE WHEN c.unpriced = 0 THEN coalesce(c.cost_usd, 0) END,
        greatest(0, extract(epoch FROM p_now - j.started_at) * 1000)::bigint, p_error_code, left(p_error, 4000)
    FROM llm.job AS j
    JOIN llm.job_type AS t ON t.job_type = j.job_type
    CROSS JOIN LATERAL (
        SELECT sum(k.input_tokens) AS input_tokens, sum(k.output_tokens) AS output_tokens,
            sum(k.cached_tokens) AS cached_tokens, sum(k.cost_usd) AS cost_usd,
            count(*) FILTER (WHERE k.cost_usd IS NULL) AS unpriced, max(k.model) AS model
        FROM llm.call AS k
        WHERE k.run_id = p_run_id
    ) AS c
    WHERE j.job_id = p_job_id
    ON CONFLICT (run_id) DO NOTHING;
$$;
