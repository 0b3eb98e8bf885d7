-- Purpose:     the registry as runners read it, every few seconds.
-- Parameters:  none.
-- Returns:     every job type with all its settings.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE llm.usp_list_job_types
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SELECT t.job_type, t.contract_name, t.contract_version, t.input_contract, t.route_procedure, t.handler,
        t.default_priority, t.max_attempts, t.backoff_base_seconds, t.backoff_max_seconds, t.lease_seconds,
        t.timeout_seconds, t.max_running, t.model, t.sla_seconds, t.grounding_policy, t.paused, t.description,
        t.token_cap
    FROM llm.job_type AS t
    ORDER BY t.job_type;
END;
