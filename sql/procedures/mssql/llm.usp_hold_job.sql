-- Purpose:     the fence: lock a job's row for the run that holds it; internal, the first step of every call that ends
--              or routes a running job.
-- Parameters:  @job_id, @run_id; @ends_as the status that the calling procedure gives the run; @now UTC.
-- Returns:     state and outcome: 'held' (go on), 'cancelled' (the job has just ended as CANCELLED, write nothing more),
--              'ended' (this very call succeeded before, here is what it stored).
-- Errors:      LEASE_LOST, UNKNOWN_JOB; 51205 (see llm.usp_complete_job).
-- Idempotency: see 'ended'.
CREATE OR ALTER PROCEDURE llm.usp_hold_job
    @job_id bigint, @run_id uniqueidentifier, @ends_as nvarchar(40), @now datetime2(3),
    @state nvarchar(20) = NULL OUTPUT, @outcome nvarchar(max) = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SELECT @state = NULL, @outcome = NULL;
    DECLARE @status nvarchar(40), @held_by uniqueidentifier, @cancel_requested bit, @stored nvarchar(max), @is_there bit = 0,
        @run_status nvarchar(40), @message nvarchar(2048);
    -- An update lock to the end of the transaction: readers pass, who changes the job waits.
    SELECT @is_there = 1, @status = j.status, @held_by = j.run_id, @cancel_requested = j.cancel_requested, @stored = j.outcome
    FROM llm.job AS j WITH (UPDLOCK, ROWLOCK)
    WHERE j.job_id = @job_id;

    IF @status = N'RUNNING' AND @held_by = @run_id
    BEGIN
        IF @cancel_requested = 0
        BEGIN
            SET @state = N'held';
            RETURN;
        END;
        EXEC llm.usp_end_run @job_id = @job_id, @run_id = @run_id, @status = N'CANCELLED', @error_code = N'CANCELLED',
            @error = N'the job was cancelled', @run = NULL, @now = @now;
        SET @outcome = N'{"status":"CANCELLED"}';
        UPDATE llm.job
        SET status = N'CANCELLED', outcome = @outcome, locked_by = NULL, lease_expires_at = NULL, finished_at = @now
        WHERE job_id = @job_id AND status = N'RUNNING' AND run_id = @run_id;
        IF @@ROWCOUNT = 0
            THROW 51205, N'the job was taken while its run ended; the whole call may be repeated', 1;
        SET @state = N'cancelled';
        RETURN;
    END;

    SELECT @run_status = r.status
    FROM llm.run AS r
    WHERE r.run_id = @run_id AND r.job_id = @job_id;
    IF @run_status IN (@ends_as, N'CANCELLED')
    BEGIN
        SET @state = N'ended';
        -- The job may have been run again since: then its outcome is another run's.
        SET @outcome = CASE
            WHEN @run_status = N'CANCELLED' THEN N'{"status":"CANCELLED"}'
            WHEN @held_by = @run_id THEN @stored
            ELSE (SELECT a.outcome FROM llm.job_archive AS a WHERE a.job_id = @job_id AND a.run_id = @run_id) END;
        RETURN;
    END;
    IF @is_there = 0 AND NOT EXISTS (SELECT 1 FROM llm.job_archive AS a WHERE a.job_id = @job_id)
    BEGIN
        SET @message = CONCAT(N'UNKNOWN_JOB: ', @job_id);
        THROW 50002, @message, 1;
    END;
    SET @message = CONCAT(N'LEASE_LOST: run ', LOWER(CONVERT(nvarchar(36), @run_id)), N' does not hold job ', @job_id, NCHAR(10),
        N'HINT: Its lease ended or it was taken back; whoever holds it now finishes it. Write nothing.');
    THROW 50001, @message, 1;
END;
