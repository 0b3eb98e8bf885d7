-- Purpose:     take back the jobs of runners that went silent.
-- Parameters:  p_limit most jobs; p_now UTC, default the server's clock.
-- Returns:     one row a rescued job: job_id, run_id (the abandoned run), job_type, correlation_id, status it has now.
-- Errors:      INVALID_PAYLOAD for a negative limit.
-- Idempotency: a rescued job is no longer RUNNING. Safe from any number of runners at once.
-- The attempt is not counted, for a killed process is not the job's fault; past max_abandons the job is dead.
CREATE OR REPLACE FUNCTION llm.usp_rescue_expired_jobs(p_limit integer DEFAULT 1000, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (job_id bigint, run_id uuid, job_type text, correlation_id uuid, status text)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH moment AS (
        SELECT coalesce(p_now, clock_timestamp()) AS instant
    ), expired AS (
        SELECT j.job_id FROM llm.job AS j
        WHERE j.status = 'RUNNING' AND j.lease_expires_at < coalesce(p_now, clock_timestamp())
        ORDER BY j.job_id
        LIMIT llm.fn_checked_limit(p_limit)
        FOR UPDATE SKIP LOCKED
    ), rescued AS (
        UPDATE llm.job AS j
        SET status = CASE WHEN j.cancel_requested THEN 'CANCELLED'
                          WHEN j.abandon_count + 1 > j.max_abandons THEN 'DEADLETTER' ELSE 'NEW' END,
            abandon_count = j.abandon_count + 1,
            lease_expires_at = NULL,
            last_error_code = CASE WHEN j.cancel_requested THEN 'CANCELLED' ELSE 'LEASE_EXPIRED' END,
            last_error = format('the lease of worker %s ended without a word from it', j.locked_by),
            outcome = CASE WHEN j.cancel_requested THEN jsonb_build_object('status', 'CANCELLED') END,
            finished_at = CASE WHEN j.cancel_requested OR j.abandon_count + 1 > j.max_abandons THEN m.instant END
        FROM moment AS m
        WHERE j.job_id = ANY (ARRAY (SELECT e.job_id FROM expired AS e))
          AND j.status = 'RUNNING' AND j.lease_expires_at < m.instant
        RETURNING j.*, m.instant
    ), written AS (
        INSERT INTO llm.run (run_id, job_id, attempt, worker_id, correlation_id, contract_name, contract_version, model,
            started_at, finished_at, status, input_tokens, output_tokens, cached_tokens, cost_usd, duration_ms,
            error_code, error)
        SELECT r.run_id, r.job_id, r.attempt_count + 1, r.locked_by, r.correlation_id, t.contract_name, r.contract_version,
            c.model, r.started_at, r.instant, 'ABANDONED', coalesce(c.input_tokens, 0), coalesce(c.output_tokens, 0),
            coalesce(c.cached_tokens, 0), CASE WHEN c.unpriced = 0 THEN coalesce(c.cost_usd, 0) END,
            greatest(0, extract(epoch FROM r.instant - r.started_at) * 1000)::bigint, 'LEASE_EXPIRED', r.last_error
        FROM rescued AS r
        JOIN llm.job_type AS t ON t.job_type = r.job_type
        CROSS JOIN LATERAL (
            SELECT sum(k.input_tokens) AS input_tokens, sum(k.output_tokens) AS output_tokens,
                sum(k.cached_tokens) AS cached_tokens, sum(k.cost_usd) AS cost_usd,
                count(*) FILTER (WHERE k.cost_usd IS NULL) AS unpriced, max(k.model) AS model
            FROM llm.call AS k
            WHERE k.run_id = r.run_id
        ) AS c
        ON CONFLICT (run_id) DO NOTHING
    )
    SELECT r.job_id, r.run_id, r.job_type, r.correlation_id, r.status FROM rescued AS r;
$$;
