-- Purpose:     extend the leases of a runner's jobs.
-- Parameters:  p_worker_id; p_jobs json array of {job_id, run_id}; p_now UTC.
-- Returns:     one row an item: state 'alive', 'cancel' (stop it, it will be refused) or 'lost' (another run may hold it).
-- Errors:      INVALID_PAYLOAD naming item and field.
-- Idempotency: yes.
CREATE OR REPLACE FUNCTION llm.usp_renew_leases(p_worker_id uuid, p_jobs jsonb, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (job_id bigint, run_id uuid, state text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now  timestamptz := coalesce(p_now, clock_timestamp());
    v_free bigint[];
BEGIN
    IF jsonb_typeof(p_jobs) IS DISTINCT FROM 'array' THEN
        RAISE data_exception;
    END IF;
    PERFORM set_config('synchronous_commit', 'off', true);

    -- A row that is locked now is being routed or ended by its own run: it needs no longer lease, and rescue skips it.
    v_free := ARRAY (
        SELECT j.job_id FROM llm.job AS j
        WHERE j.job_id = ANY (ARRAY (SELECT (i.value ->> 'job_id')::bigint FROM jsonb_array_elements(p_jobs) AS i (value)))
        FOR NO KEY UPDATE SKIP LOCKED);

    UPDATE llm.job AS j
    SET lease_expires_at = v_now + t.lease_seconds * interval '1 second'
    FROM jsonb_to_recordset(p_jobs) AS i (job_id bigint, run_id uuid), llm.job_type AS t
    WHERE j.job_id = ANY (v_free) AND j.job_id = i.job_id AND j.run_id = i.run_id AND j.status = 'RUNNING'
      AND j.locked_by = p_worker_id AND t.job_type = j.job_type;

    RETURN QUERY
    SELECT i.job_id, i.run_id,
        CASE WHEN j.job_id IS NULL THEN 'lost' WHEN j.cancel_requested THEN 'cancel' ELSE 'alive' END
    FROM jsonb_to_recordset(p_jobs) AS i (job_id bigint, run_id uuid)
    LEFT JOIN llm.job AS j
        ON j.job_id = i.job_id AND j.run_id = i.run_id AND j.status = 'RUNNING' AND j.locked_by = p_worker_id;
EXCEPTION WHEN data_exception THEN
    RAISE EXCEPTION 'INVALID_PAYLOAD: p_jobs, %', coalesce(llm.fn_item_fault(p_jobs), SQLERRM) USING ERRCODE = 'SR004',
        HINT = 'No lease was renewed; pass an array of {"job_id": ..., "run_id": ...}.';
END
$$;
