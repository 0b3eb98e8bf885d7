-- Purpose:     end many running jobs as SUCCEEDED in one statement.
-- Parameters:  p_jobs json array of {job_id, run_id, outcome?, prompt_sha256?, model?}; p_refused_only return only the
--              items that were not accepted or ended as CANCELLED; p_now UTC.
-- Returns:     one row an item: job_id, run_id, accepted, status. Not accepted: the run no longer holds the job.
-- Errors:      INVALID_PAYLOAD naming item and field; an item that lost its lease does not stop the others.
-- Idempotency: an item that this run completed before is accepted again.
CREATE OR REPLACE FUNCTION llm.usp_complete_jobs(
    p_jobs jsonb, p_refused_only boolean DEFAULT false, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (job_id bigint, run_id uuid, accepted boolean, status text)
-- Index access only: the queue grows and shrinks faster than its statistics are gathered.
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    v_now       timestamptz := coalesce(p_now, clock_timestamp());
    v_runs      uuid[];
    v_types     text[];
    v_contracts text[];
    v_ended     integer;
    v_cancelled integer;
BEGIN
    IF jsonb_typeof(p_jobs) IS DISTINCT FROM 'array' THEN
        RAISE data_exception;
    END IF;
    v_runs := ARRAY (SELECT i.run_id FROM jsonb_to_recordset(p_jobs) AS i (run_id uuid) ORDER BY i.run_id);
    -- Ids of runs are in the order of time: that none of these asked a model is seen at one place of the index.
    IF NOT EXISTS (
        SELECT 1 FROM llm.call AS k WHERE k.run_id BETWEEN v_runs[1] AND v_runs[cardinality(v_runs)])
    THEN
        v_runs := '{}';
    END IF;

    -- A lookup in an array costs less than a join.
    SELECT array_agg(t.job_type), array_agg(t.contract_name) INTO v_types, v_contracts FROM llm.job_type AS t;

    WITH ended AS (
        UPDATE llm.job AS j
        SET status = CASE WHEN j.cancel_requested THEN 'CANCELLED' ELSE 'SUCCEEDED' END,
            outcome = CASE WHEN j.cancel_requested THEN jsonb_build_object('status', 'CANCELLED') ELSE i.outcome END,
            attempt_count = j.attempt_count + CASE WHEN j.cancel_requested THEN 0 ELSE 1 END,
            lease_expires_at = NULL, finished_at = v_now, last_error_code = NULL, last_error = NULL
        FROM jsonb_to_recordset(p_jobs) AS i (job_id bigint, run_id uuid, outcome jsonb, prompt_sha256 text, model text)
        WHERE j.job_id = i.job_id AND j.run_id = i.run_id AND j.status = 'RUNNING'
        RETURNING j.job_id, j.run_id, j.job_type, j.status, j.attempt_count, j.locked_by, j.correlation_id,
            j.contract_version, j.started_at, i.prompt_sha256, i.model
    ), used AS (
        SELECT k.run_id, sum(k.input_tokens) AS input_tokens, sum(k.output_tokens) AS output_tokens,
            sum(k.cached_tokens) AS cached_tokens, sum(k.cost_usd) AS cost_usd,
            count(*) FILTER (WHERE k.cost_usd IS NULL) AS unpriced, max(k.model) AS model
        FROM llm.call AS k
        WHERE k.run_id = ANY (v_runs)
        GROUP BY k.run_id
    ), written AS (
        INSERT INTO llm.run (run_id, job_id, attempt, worker_id, correlation_id, contract_name, contract_version,
            prompt_sha256, model, started_at, finished_at, status, input_tokens, output_tokens, cached_tokens, cost_usd,
            duration_ms, error_code)
        SELECT e.run_id, e.job_id, e.attempt_count + CASE e.status WHEN 'CANCELLED' THEN 1 ELSE 0 END, e.locked_by,
            e.correlation_id, v_contracts[array_position(v_types, e.job_type)], e.contract_version, e.prompt_sha256,
            coalesce(e.model, u.model), e.started_at, v_now, e.status, coalesce(u.input_tokens, 0),
            coalesce(u.output_tokens, 0), coalesce(u.cached_tokens, 0), 
            CASE WHEN coalesce(u.unpriced, 0) = 0 THEN coalesce(u.cost_usd, 0) END,
            greatest(0, date_part('epoch', v_now - e.started_at) * 1000)::bigint,
            CASE e.status WHEN 'CANCELLED' THEN 'CANCELLED' END
        FROM ended AS e
        LEFT JOIN used AS u ON u.run_id = e.run_id
        RETURNING status
    )
    SELECT count(*), count(*) FILTER (WHERE w.status = 'CANCELLED') INTO v_ended, v_cancelled
    FROM written AS w;

    IF p_refused_only AND v_cancelled = 0 AND v_ended = jsonb_array_length(p_jobs) THEN
        RETURN;
    END IF;

    -- A fresh snapshot: whoever ended the others may have committed since.
    RETURN QUERY
    SELECT i.job_id, i.run_id, r.status IS NOT NULL, coalesce(r.status, j.status, a.status)
    FROM jsonb_to_recordset(p_jobs) AS i (job_id bigint, run_id uuid)
    LEFT JOIN LATERAL (
        SELECT n.status FROM llm.run AS n
        WHERE n.run_id = i.run_id AND n.job_id = i.job_id AND n.status IN ('SUCCEEDED', 'CANCELLED')
        LIMIT 1) AS r ON true
    LEFT JOIN LATERAL (SELECT n.status FROM llm.job AS n WHERE n.job_id = i.job_id LIMIT 1) AS j ON true
    LEFT JOIN LATERAL (SELECT n.status FROM llm.job_archive AS n WHERE n.job_id = i.job_id LIMIT 1) AS a ON true
    WHERE NOT p_refused_only OR r.status IS DISTINCT FROM 'SUCCEEDED';
EXCEPTION WHEN data_exception THEN
    RAISE EXCEPTION 'INVALID_PAYLOAD: p_jobs, %', coalesce(llm.fn_item_fault(p_jobs), SQLERRM) USING ERRCODE = 'SR004',
        HINT = 'No job was completed; pass an array of {"job_id": ..., "run_id": ...}.';
END
$$;
