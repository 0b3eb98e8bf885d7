-- Purpose:     record one request to a model, or one answer taken from the cache.
-- Parameters:  p_run_id; p_call json {call_no, chunk_index, purpose, request_sha256, cache_hit, model, asked_model?,
--              input_tokens, output_tokens, cached_tokens, duration_ms, http_status, finish_reason, error_code, started_at}.
-- Returns:     cost_usd by llm.model_price of the model that answered, else of the one that was asked (null without a price;
--              cached tokens are part of the input tokens).
-- Errors:      none; not fenced: it only says what happened.
-- Idempotency: the same call_no again changes nothing.
CREATE OR REPLACE FUNCTION llm.usp_finish_call(p_run_id uuid, p_call jsonb)
RETURNS TABLE (cost_usd numeric)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH given AS (
        SELECT c.*, CASE WHEN c.cache_hit OR coalesce(c.input_tokens, 0) + coalesce(c.output_tokens, 0) = 0 THEN 0 ELSE
            (greatest(coalesce(c.input_tokens, 0) - coalesce(c.cached_tokens, 0), 0) * p.input_usd_per_m
                + coalesce(c.cached_tokens, 0) * p.cached_usd_per_m + coalesce(c.output_tokens, 0) * p.output_usd_per_m) / 1000000 END AS usd
        FROM jsonb_to_record(p_call) AS c (
            call_no integer, chunk_index integer, purpose text, request_sha256 text, cache_hit boolean, model text,
            asked_model text, input_tokens bigint, output_tokens bigint, cached_tokens bigint, duration_ms bigint, http_status integer,
            finish_reason text, error_code text, started_at timestamptz)
        LEFT JOIN LATERAL (
            SELECT q.* FROM llm.model_price AS q WHERE q.model IN (c.model, c.asked_model)
            ORDER BY q.model = c.model DESC LIMIT 1) AS p ON true
    ), placed AS (
        INSERT INTO llm.call (run_id, call_no, chunk_index, purpose, request_sha256, cache_hit, model, input_tokens,
            output_tokens, cached_tokens, cost_usd, duration_ms, http_status, finish_reason, error_code, started_at,
            asked_model)
        SELECT p_run_id, g.call_no, g.chunk_index, g.purpose, g.request_sha256, g.cache_hit, g.model,
            coalesce(g.input_tokens, 0), coalesce(g.output_tokens, 0), coalesce(g.cached_tokens, 0), g.usd, g.duration_ms, g.http_status, g.finish_reason, g.error_code, g.started_at,
            nullif(g.asked_model, g.model)
        FROM given AS g
        ON CONFLICT (run_id, call_no) DO NOTHING
    )
    SELECT g.usd FROM given AS g;
$$;
