-- Purpose:     route what the two values of a column mean.
-- Parameters:  p_job_id, p_run_id; p_payload as onto.usp_route_column_classification takes it; p_now UTC.
-- Returns:     the job's status and outcome: {status: routed, changed}.
-- Errors:      LEASE_LOST, UNKNOWN_JOB, CONTRACT_MISMATCH, INVALID_PAYLOAD.
-- Idempotency: the same call again returns what it stored.
CREATE OR REPLACE FUNCTION onto.usp_process_boolean_classification_output(
    p_job_id bigint, p_run_id uuid, p_payload jsonb, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (status text, outcome jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT r.status, r.outcome
    FROM onto.usp_route_column_classification(p_job_id, p_run_id, p_payload, p_now) AS r;
END
$$;
