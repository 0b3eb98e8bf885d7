-- Purpose:     the tokens that the former attempts of a job used, for its cap.
-- Parameters:  @job_id.
-- Returns:     tokens.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE llm.usp_read_job_use @job_id bigint
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SELECT COALESCE(SUM(r.input_tokens + r.output_tokens), 0) AS tokens
    FROM llm.run AS r
    WHERE r.job_id = @job_id AND r.status <> N'SUCCEEDED';
END;
