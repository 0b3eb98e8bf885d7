-- Purpose:     whether trying again may help by itself after an error, and what to do first.
-- Parameters:  @error_code.
-- Returns:     is_retryable, advice; null for an unknown code.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR ALTER FUNCTION llm.fn_error_advice (@error_code nvarchar(100))
RETURNS TABLE
AS RETURN (
    SELECT CONVERT(bit, v.is_retryable) AS is_retryable, v.advice
    FROM (VALUES
        (N'ANSWER_INVALID', 1, N'look at the answers in the lake; a stronger model (llm.job_type.model) may do it'),
        (N'ANSWER_TRUNCATED', 1, N'a model with a larger output may do it; look at the page'),
        (N'MODEL_UNAVAILABLE', 1, N'retry once the endpoint is well again'),
        (N'MODEL_RATE_LIMITED', 1, N'retry when the endpoint has room, or set llm.rate_limit'),
        (N'BUDGET_EXHAUSTED', 1, N'raise the budget or wait for the next day, then retry'),
        (N'LIMIT_REACHED', 1, N'wait for a quieter minute or raise the limit (sproute limit), then retry'),
        (N'TOKEN_CAP', 0, N'raise token_cap of the job type first'),
        (N'DATABASE_UNREACHABLE', 1, N'retry once the database answers'),
        (N'DATABASE_TRANSIENT', 1, N'retry'),
        (N'DATASOURCE_UNREACHABLE', 1, N'check the datasource: sproute datasource test; then retry'),
        (N'LAKE_FAILED', 1, N'check LAKE_URI and its rights, then retry'),
        (N'LAKE_UNAVAILABLE', 1, N'retry once the lake answers'),
        (N'LAKE_REFUSED', 0, N'mend rights, mount, credentials or bucket (sproute doctor), then retry'),
        (N'DISK_FULL', 1, N'free some space, then retry'),
        (N'TIMEOUT', 1, N'raise timeout_seconds of the job type if the page is long, then retry'),
        (N'WORKER_DIED', 1, N'look at one of them alone before you retry the group'),
        (N'HANDLER_FAILED', 1, N'an error of no known code: look at one, then retry'),
        (N'LEASE_EXPIRED', 0, N'runners died on it: look at the page; retry one alone'),
        (N'MODEL_REJECTED', 0, N'mend key, base URL or model name first; a refused page stays refused'),
        (N'TOKEN_BUDGET', 0, N'a larger context window or another chunking is needed first'),
        (N'INVALID_PAYLOAD', 0, N'the routing procedure refused it: mend contract or procedure, then sproute replay'),
        (N'CONTRACT_MISMATCH', 0, N'deploy the contract of the answers, then retry'),
        (N'CONTRACT_UNKNOWN', 0, N'deploy the contract, then retry'),
        (N'CONTRACT_INVALID', 0, N'mend the contract, deploy it, then retry'),
        (N'CONFIG_INVALID', 0, N'mend the configuration of the runner, then retry'),
        (N'INPUT_INVALID', 0, N'the job''s input is wrong: enqueue another one instead'),
        (N'UNKNOWN_ENTITY', 0, N'its entity is gone: cancel it'),
        (N'LAKE_CORRUPT', 0, N'run sproute lake verify'),
        (N'DATABASE_ERROR', 0, N'a statement failed: look at one, mend it, then retry'),
        (N'DATASOURCE_FAILED', 0, N'mend the query or the rights at the datasource, then retry')
    ) AS v (error_code, is_retryable, advice)
    WHERE v.error_code = @error_code
);
