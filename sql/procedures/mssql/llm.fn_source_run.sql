-- Purpose:     the run whose stored answers a routed run applied: itself, unless its job replayed another's.
-- Parameters:  @job_id, @run_id of the routed run.
-- Returns:     a run_id.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER FUNCTION llm.fn_source_run (@job_id bigint, @run_id uniqueidentifier)
RETURNS uniqueidentifier
AS
BEGIN
    RETURN COALESCE(
        (SELECT TRY_CONVERT(uniqueidentifier, JSON_VALUE(j.input, N'$.replay.run_id')) FROM llm.job AS j WHERE j.job_id = @job_id),
        (SELECT TRY_CONVERT(uniqueidentifier, JSON_VALUE(a.input, N'$.replay.run_id')) FROM llm.job_archive AS a WHERE a.job_id = @job_id),
        @run_id);
END;
