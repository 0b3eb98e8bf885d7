-- Purpose:     route the answer of a relationship_extraction job: relationships.
-- Parameters:  p_job_id, p_run_id; p_payload as in kb.usp_route_items; p_now UTC, default the server's clock.
-- Returns:     the job's status and outcome.
-- Errors:      LEASE_LOST, UNKNOWN_JOB, CONTRACT_MISMATCH, INVALID_PAYLOAD, NOT_FOUND.
-- Idempotency: as kb.usp_route_items.
CREATE OR REPLACE FUNCTION kb.usp_process_relationship_extraction_output(
    p_job_id bigint, p_run_id uuid, p_payload jsonb, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (status text, outcome jsonb)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT r.status, r.outcome FROM kb.usp_route_items(p_job_id, p_run_id, p_payload, p_now) AS r;
$$;
