-- Purpose:     give a claimed job back without counting the attempt (shutdown, budget, rate limit, breaker, a
--              neighbour's crash).
-- Parameters:  @job_id, @run_id; @reason; @available_at not before (null = at once); @suspect true counts an
--              abandonment, so that the job next runs alone in a thread; @run json {prompt_sha256?, model?};
--              @code what it waits for, such as BUDGET_EXHAUSTED (null = nothing in particular); @now UTC.
-- Returns:     the job's new status and available_at.
-- Errors:      LEASE_LOST, UNKNOWN_JOB.
-- Idempotency: repeated by the same run it changes nothing.
CREATE OR ALTER PROCEDURE llm.usp_release_job
    @job_id bigint, @run_id uniqueidentifier, @reason nvarchar(max), @available_at datetime2(3) = NULL, @suspect bit = 0,
    @run nvarchar(max) = NULL, @code nvarchar(100) = NULL, @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @state nvarchar(20), @is_there bit = 0,
        @status nvarchar(40), @due_at datetime2(3);
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC llm.usp_hold_job @job_id = @job_id, @run_id = @run_id, @ends_as = N'RELEASED', @now = @at, @state = @state OUTPUT;
        IF @state = N'held'
        BEGIN
            EXEC llm.usp_end_run @job_id = @job_id, @run_id = @run_id, @status = N'RELEASED', @error_code = @code,
                @error = @reason, @run = @run, @now = @at;
            UPDATE llm.job
            SET status = CASE WHEN @suspect = 1 AND abandon_count + 1 > max_abandons THEN N'DEADLETTER'
                              WHEN @available_at > @at THEN N'SCHEDULED' ELSE N'NEW' END,
                finished_at = CASE WHEN @suspect = 1 AND abandon_count + 1 > max_abandons THEN @at END,
                last_error_code = CASE WHEN @suspect = 1 THEN N'LEASE_EXPIRED' ELSE COALESCE(@code, last_error_code) END,
                last_error = CASE WHEN @suspect = 1 OR @code IS NOT NULL THEN LEFT(@reason, 4000) ELSE last_error END,
                available_at = CASE WHEN @available_at > @at THEN @available_at ELSE available_at END,
                abandon_count = abandon_count + IIF(@suspect = 1, 1, 0), locked_by = NULL, lease_expires_at = NULL
            WHERE job_id = @job_id AND status = N'RUNNING' AND run_id = @run_id AND cancel_requested = 0;
            -- See llm.usp_complete_job.
            IF @@ROWCOUNT = 0
                THROW 51205, N'the job was taken while its run ended; the whole call may be repeated', 1;
        END;
        -- While the row is held: somebody may claim it at once.
        SELECT @is_there = 1, @status = j.status, @due_at = j.available_at FROM llm.job AS j WHERE j.job_id = @job_id;
        COMMIT TRANSACTION;
        SELECT @status AS status, @due_at AS available_at WHERE @is_there = 1;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
