-- Purpose:     end a running job as SUCCEEDED.
-- Parameters:  @job_id, @run_id; @outcome json; @run json {prompt_sha256?, model?}; @now UTC; @into_caller 1: no result set,
--              the row goes to @status and @result_outcome.
-- Returns:     status and outcome as stored; CANCELLED if that was asked for meanwhile.
-- Errors:      LEASE_LOST, UNKNOWN_JOB.
-- Idempotency: repeated by the same run it returns what is stored.
CREATE OR ALTER PROCEDURE llm.usp_complete_job
    @job_id bigint, @run_id uniqueidentifier, @outcome nvarchar(max) = NULL, @run nvarchar(max) = NULL,
    @now datetime2(3) = NULL, @into_caller bit = 0, @status nvarchar(40) = NULL OUTPUT,
    @result_outcome nvarchar(max) = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @state nvarchar(20);
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC llm.usp_hold_job @job_id = @job_id, @run_id = @run_id, @ends_as = N'SUCCEEDED', @now = @at,
            @state = @state OUTPUT, @outcome = @result_outcome OUTPUT;
        IF @state = N'held'
        BEGIN
            EXEC llm.usp_end_run @job_id = @job_id, @run_id = @run_id, @status = N'SUCCEEDED', @error_code = NULL, @error = NULL,
                @run = @run, @now = @at;
            UPDATE llm.job
            SET status = N'SUCCEEDED', outcome = @outcome, attempt_count = attempt_count + 1, locked_by = NULL,
                lease_expires_at = NULL, finished_at = @at, last_error_code = NULL, last_error = NULL
            WHERE job_id = @job_id AND status = N'RUNNING' AND run_id = @run_id AND cancel_requested = 0;
            -- Only where hints are ignored: the repeated call is told what became of the job.
            IF @@ROWCOUNT = 0
                THROW 51205, N'the job was taken while its run ended; the whole call may be repeated', 1;
            SET @result_outcome = @outcome;
        END;
        SET @status = IIF(@state <> N'held' AND JSON_VALUE(@result_outcome, N'$.status') = N'CANCELLED', N'CANCELLED', N'SUCCEEDED');
        COMMIT TRANSACTION;
        IF @into_caller = 0 SELECT @status AS status, @result_outcome AS outcome;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
