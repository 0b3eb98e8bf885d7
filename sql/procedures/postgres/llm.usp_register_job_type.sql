-- Purpose:     make a job type known; part of a deploy.
-- Parameters:  p_job_type json with the columns of llm.job_type.
-- Returns:     job_type, created, changed. Of a known type only what belongs to the program is updated: contract, input
--              contract, routing procedure, handler, description; what a DBA tunes stays as it is.
-- Errors:      none.
-- Idempotency: the same row again changes nothing.
CREATE OR REPLACE FUNCTION llm.usp_register_job_type(p_job_type jsonb)
RETURNS TABLE (job_type text, created boolean, changed boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_inserted integer;
    v_updated  integer;
BEGIN
    INSERT INTO llm.job_type (job_type, contract_name, contract_version, input_contract, route_procedure, handler,
        default_priority, max_attempts, backoff_base_seconds, backoff_max_seconds, lease_seconds, timeout_seconds,
        max_running, model, sla_seconds, grounding_policy, paused, description, token_cap)
    SELECT r.job_type, r.contract_name, r.contract_version, r.input_contract, r.route_procedure, r.handler,
        coalesce(r.default_priority, 100), coalesce(r.max_attempts, 3), coalesce(r.backoff_base_seconds, 10),
        coalesce(r.backoff_max_seconds, 3600), coalesce(r.lease_seconds, 60), coalesce(r.timeout_seconds, 600),
        r.max_running, r.model, r.sla_seconds, coalesce(r.grounding_policy, 'quarantine'), coalesce(r.paused, false),
        coalesce(r.description, ''), r.token_cap
    FROM jsonb_to_record(p_job_type) AS r (
        job_type text, contract_name text, contract_version text, input_contract text, route_procedure text, handler text,
        default_priority integer, max_attempts integer, backoff_base_seconds integer, backoff_max_seconds integer,
        lease_seconds integer, timeout_seconds integer, max_running integer, model text, sla_seconds integer,
        grounding_policy text, paused boolean, description text, token_cap bigint)
    ON CONFLICT (job_type) DO NOTHING;
    GET DIAGNOSTICS v_inserted = ROW_COUNT;

    UPDATE llm.job_type AS t
    SET contract_name = r.contract_name, contract_version = r.contract_version, input_contract = r.input_contract,
        route_procedure = r.route_procedure, handler = r.handler, description = coalesce(r.description, ''),
        updated_at = clock_timestamp()
    FROM jsonb_to_record(p_job_type) AS r (
        job_type text, contract_name text, contract_version text, input_contract text, route_procedure text, handler text,
        description text)
    WHERE t.job_type = r.job_type
      AND (t.contract_name, t.contract_version, t.input_contract, t.route_procedure, t.handler, t.description)
          IS DISTINCT FROM (r.contract_name, r.contract_version, r.input_contract, r.route_procedure, r.handler,
              coalesce(r.description, ''));
    GET DIAGNOSTICS v_updated = ROW_COUNT;
    RETURN QUERY SELECT p_job_type ->> 'job_type', v_inserted = 1, v_updated = 1;
END
$$;
