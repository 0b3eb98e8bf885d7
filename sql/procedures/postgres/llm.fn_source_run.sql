-- Purpose:     the run whose stored answers a routed run applied: itself, unless its job replayed another's.
-- Parameters:  p_job_id, p_run_id of the routed run.
-- Returns:     a run_id.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION llm.fn_source_run(p_job_id bigint, p_run_id uuid)
RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(
        (SELECT j.input #>> '{replay,run_id}' FROM llm.job AS j WHERE j.job_id = p_job_id),
        (SELECT a.input #>> '{replay,run_id}' FROM llm.job_archive AS a WHERE a.job_id = p_job_id),
        p_run_id::text)::uuid;
$$;
