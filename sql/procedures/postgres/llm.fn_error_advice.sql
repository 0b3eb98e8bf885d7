-- Purpose:     whether trying again may help by itself after an error, and what to do first.
-- Parameters:  p_error_code.
-- Returns:     is_retryable, advice; null for an unknown code.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR REPLACE FUNCTION llm.fn_error_advice(p_error_code text)
RETURNS TABLE (is_retryable boolean, advice text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT v.is_retryable, v.advice
    FROM (VALUES
        ('ANSWER_INVALID', true, 'look at the answers in the lake; a stronger model (llm.job_type.model) may do it'),
        ('ANSWER_TRUNCATED', true, 'a model with a larger output may do it; look at the page'),
        ('MODEL_UNAVAILABLE', true, 'retry once the endpoint is well again'),
        ('MODEL_RATE_LIMITED', true, 'retry when the endpoint has room, or set llm.rate_limit'),
        ('BUDGET_EXHAUSTED', true, 'raise the budget or wait for the next day, then retry'),
        ('LIMIT_REACHED', true, 'wait for a quieter minute or raise the limit (sproute limit), then retry'),
        ('TOKEN_CAP', false, 'raise token_cap of the job type first'),
        ('DATABASE_UNREACHABLE', true, 'retry once the database answers'),
        ('DATABASE_TRANSIENT', true, 'retry'),
        ('DATASOURCE_UNREACHABLE', true, 'check the datasource: sproute datasource test; then retry'),
        ('LAKE_FAILED', true, 'check LAKE_URI and its rights, then retry'),
        ('LAKE_UNAVAILABLE', true, 'retry once the lake answers'),
        ('LAKE_REFUSED', false, 'mend rights, mount, credentials or bucket (sproute doctor), then retry'),
        ('DISK_FULL', true, 'free some space, then retry'),
        ('TIMEOUT', true, 'raise timeout_seconds of the job type if the page is long, then retry'),
        ('WORKER_DIED', true, 'look at one of them alone before you retry the group'),
        ('HANDLER_FAILED', true, 'an error of no known code: look at one, then retry'),
        ('LEASE_EXPIRED', false, 'runners died on it: look at the page; retry one alone'),
        ('MODEL_REJECTED', false, 'mend key, base URL or model name first; a refused page stays refused'),
        ('TOKEN_BUDGET', false, 'a larger context window or another chunking is needed first'),
        ('INVALID_PAYLOAD', false, 'the routing procedure refused it: mend contract or procedure, then sproute replay'),
        ('CONTRACT_MISMATCH', false, 'deploy the contract of the answers, then retry'),
        ('CONTRACT_UNKNOWN', false, 'deploy the contract, then retry'),
        ('CONTRACT_INVALID', false, 'mend the contract, deploy it, then retry'),
        ('CONFIG_INVALID', false, 'mend the configuration of the runner, then retry'),
        ('INPUT_INVALID', false, 'the job''s input is wrong: enqueue another one instead'),
        ('UNKNOWN_ENTITY', false, 'its entity is gone: cancel it'),
        ('LAKE_CORRUPT', false, 'run sproute lake verify'),
        ('DATABASE_ERROR', false, 'a statement failed: look at one, mend it, then retry'),
        ('DATASOURCE_FAILED', false, 'mend the query or the rights at the datasource, then retry')
    ) AS v (error_code, is_retryable, advice)
    WHERE v.error_code = p_error_code;
$$;
