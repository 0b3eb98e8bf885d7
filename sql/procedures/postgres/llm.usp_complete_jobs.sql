-- Purpose:     end many running jobs as SUCCEEDED in one statement.
-- Parameters:  p_jobs json array of {job_id, run_id, outcome?, prompt_sha256?, model?}; p_now UTC.
-- Returns:     one row an item: job_id, run_id, accepted, status. Not accepted: the run no longer holds the job.
-- Errors:      none; an item that lost its lease does not stop the others.
-- Idempotency: an item that this run completed before is accepted again.
CREATE OR REPLACE FUNCTION llm.usp_complete_jobs(p_jobs jsonb, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (job_id bigint, run_id uuid, accepted boolean, status text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now   timestamptz := coalesce(p_now, clock_timestamp());
    v_ids   bigint[];
    v_ended uuid[];
BEGIN
    v_ids := ARRAY (SELECT (i.value ->> 'job_id')::bigint FROM jsonb_array_elements(p_jobs) AS i (value));

    WITH item AS (
        SELECT * FROM jsonb_to_recordset(p_jobs) AS (job_id bigint, run_id uuid, outcome jsonb, prompt_sha256 text, model text)
    ), ended AS (
        UPDATE llm.job AS j
        SET status = CASE WHEN j.cancel_requested THEN 'CANCELLED' ELSE 'SUCCEEDED' END,
            outcome = CASE WHEN j.cancel_requested THEN jsonb_build_object('status', 'CANCELLED') ELSE i.outcome END,
            attempt_count = j.attempt_count + CASE WHEN j.cancel_requested THEN 0 ELSE 1 END,
            lease_expires_at = NULL, finished_at = v_now, last_error_code = NULL, last_error = NULL
        FROM item AS i
        WHERE j.job_id = ANY (v_ids) AND j.job_id = i.job_id AND j.run_id = i.run_id AND j.status = 'RUNNING'
        RETURNING j.job_id, j.run_id, j.job_type, j.status, j.attempt_count, j.locked_by, j.correlation_id,
            j.contract_version, j.started_at, i.prompt_sha256, i.model
    ), written AS (
        INSERT INTO llm.run (run_id, job_id, attempt, worker_id, correlation_id, contract_name, contract_version,
            prompt_sha256, model, started_at, finished_at, status, input_tokens, output_tokens, cached_tokens, cost_usd,
            duration_ms, error_code)
        SELECT e.run_id, e.job_id, e.attempt_count + CASE e.status WHEN 'CANCELLED' THEN 1 ELSE 0 END, e.locked_by,
            e.correlation_id, t.contract_name, e.contract_version, e.prompt_sha256, coalesce(e.model, c.model),
            e.started_at, v_now, e.status, coalesce(c.input_tokens, 0), coalesce(c.output_tokens, 0),
            coalesce(c.cached_tokens, 0), coalesce(c.cost_usd, 0),
            greatest(0, extract(epoch FROM v_now - e.started_at) * 1000)::bigint,
            CASE e.status WHEN 'CANCELLED' THEN 'CANCELLED' END
        FROM ended AS e
        JOIN llm.job_type AS t ON t.job_type = e.job_type
        LEFT JOIN LATERAL (
            SELECT sum(k.input_tokens) AS input_tokens, sum(k.output_tokens) AS output_tokens,
                sum(k.cached_tokens) AS cached_tokens, sum(k.cost_usd) AS cost_usd, max(k.model) AS model
            FROM llm.call AS k
            WHERE k.run_id = e.run_id
        ) AS c ON true
        RETURNING run_id
    )
    SELECT array_agg(w.run_id) INTO v_ended FROM written AS w;

    RETURN QUERY
    SELECT i.job_id, i.run_id, r.run_id IS NOT NULL, coalesce(r.status, j.status, a.status)
    FROM jsonb_to_recordset(p_jobs) AS i (job_id bigint, run_id uuid)
    LEFT JOIN llm.run AS r ON r.run_id = i.run_id AND r.job_id = i.job_id AND r.status IN ('SUCCEEDED', 'CANCELLED')
    LEFT JOIN llm.job AS j ON j.job_id = i.job_id
    LEFT JOIN llm.job_archive AS a ON a.job_id = i.job_id AND j.job_id IS NULL;
END
$$;
