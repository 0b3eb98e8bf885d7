-- Purpose:     write the row of an attempt that ends now; internal, called while the job's row is locked.
-- Parameters:  @job_id, @run_id; @status of the run; @error_code, @error (null = none); @run json
--              {prompt_sha256?, model?}; @now UTC.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: a run that has its row keeps it.
CREATE OR ALTER PROCEDURE llm.usp_end_run
    @job_id bigint, @run_id uniqueidentifier, @status nvarchar(40), @error_code nvarchar(100), @error nvarchar(max),
    @run nvarchar(max), @now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    INSERT INTO llm.run (run_id, job_id, attempt, worker_id, correlation_id, contract_name, contract_version,
        prompt_sha256, model, started_at, finished_at, status, input_tokens, output_tokens, cached_tokens, cost_usd,
        duration_ms, error_code, error)
    SELECT @run_id, j.job_id, j.attempt_count + 1, j.locked_by, j.correlation_id, t.contract_name, j.contract_version,
        JSON_VALUE(@run, N'$.prompt_sha256'), COALESCE(LEFT(JSON_VALUE(@run, N'$.model'), 200), c.model), j.started_at, @now, @status,
        COALESCE(c.input_tokens, 0), COALESCE(c.output_tokens, 0), COALESCE(c.cached_tokens, 0),
        CASE WHEN c.unpriced = 0 THEN COALESCE(c.cost_usd, 0) END,
        CASE WHEN @now > j.started_at THEN DATEDIFF_BIG(millisecond, j.started_at, @now) ELSE 0 END, @error_code,
        LEFT(@error, 4000)
    FROM llm.job AS j
    JOIN llm.job_type AS t ON t.job_type = j.job_type
    CROSS APPLY (
        SELECT SUM(k.input_tokens) AS input_tokens, SUM(k.output_tokens) AS output_tokens,
            SUM(k.cached_tokens) AS cached_tokens, SUM(k.cost_usd) AS cost_usd,
            COUNT(CASE WHEN k.cost_usd IS NULL THEN 1 END) AS unpriced, MAX(k.model) AS model
        FROM llm.call AS k
        WHERE k.run_id = @run_id
    ) AS c
    -- Nobody else writes it while the job's row is locked, so its place needs no lock, which would stop the runs beside it.
    WHERE j.job_id = @job_id AND NOT EXISTS (SELECT 1 FROM llm.run AS r WHERE r.run_id = @run_id);
END;
