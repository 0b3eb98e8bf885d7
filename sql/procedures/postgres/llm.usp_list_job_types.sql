-- Purpose:     the registry as runners read it, every few seconds.
-- Parameters:  none.
-- Returns:     every job type with all its settings.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION llm.usp_list_job_types()
RETURNS TABLE (
    job_type text, contract_name text, contract_version text, input_contract text, route_procedure text, handler text,
    default_priority integer, max_attempts integer, backoff_base_seconds integer, backoff_max_seconds integer,
    lease_seconds integer, timeout_seconds integer, max_running integer, model text, sla_seconds integer,
    grounding_policy text, paused boolean, description text, token_cap bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT t.job_type, t.contract_name, t.contract_version, t.input_contract, t.route_procedure, t.handler,
        t.default_priority, t.max_attempts, t.backoff_base_seconds, t.backoff_max_seconds, t.lease_seconds,
        t.timeout_seconds, t.max_running, t.model, t.sla_seconds, t.grounding_policy, t.paused, t.description,
        t.token_cap
    FROM llm.job_type AS t
    ORDER BY t.job_type;
$$;
