-- Purpose:     end an attempt as failed: try again later, or never (DEADLETTER).
-- Parameters:  @job_id, @run_id; @code, @message; @retryable (null = true); @retry_after_seconds at least this long, a day
--              at most (null = backoff alone); @run json {prompt_sha256?, model?}; @now UTC; @jitter 0..1, default random.
-- Returns:     the job's new status, attempt_count and available_at.
-- Errors:      LEASE_LOST, UNKNOWN_JOB.
-- Idempotency: repeated by the same run it changes nothing.
-- Backoff:     full jitter, @jitter * min(backoff_max_seconds, backoff_base_seconds * 2^(attempt - 1)).
CREATE OR ALTER PROCEDURE llm.usp_fail_job
    @job_id bigint, @run_id uniqueidentifier, @code nvarchar(100), @message nvarchar(max), @retryable bit,
    @retry_after_seconds decimal(38, 6) = NULL, @run nvarchar(max) = NULL, @now datetime2(3) = NULL, @jitter float = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @state nvarchar(20), @share float = COALESCE(@jitter, RAND()),
        @status nvarchar(40), @wait_ms bigint, @is_there bit = 0, @attempt_count int, @available_at datetime2(3),
        @asked float = CASE
            WHEN @retry_after_seconds > 86400 THEN 86400 ELSE COALESCE(@retry_after_seconds, 0) END;
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC llm.usp_hold_job @job_id = @job_id, @run_id = @run_id, @ends_as = N'FAILED', @now = @at, @state = @state OUTPUT;
        IF @state = N'held'
        BEGIN
            EXEC llm.usp_end_run @job_id = @job_id, @run_id = @run_id, @status = N'FAILED', @error_code = @code,
                @error = @message, @run = @run, @now = @at;
            SELECT @status = IIF(COALESCE(@retryable, 1) = 1 AND j.attempt_count + 1 < j.max_attempts, N'SCHEDULED', N'DEADLETTER'),
                @wait_ms = ROUND(1000 * IIF(@asked > @share * b.seconds, @asked, @share * b.seconds), 0)
            FROM llm.job AS j
            JOIN llm.job_type AS t ON t.job_type = j.job_type
            CROSS APPLY (
                SELECT t.backoff_base_seconds * POWER(CONVERT(float, 2), IIF(j.attempt_count < 30, j.attempt_count, 30)) AS seconds
            ) AS f
            CROSS APPLY (SELECT IIF(f.seconds < t.backoff_max_seconds, f.seconds, t.backoff_max_seconds) AS seconds) AS b
            WHERE j.job_id = @job_id;
            UPDATE llm.job
            SET status = @status, attempt_count = attempt_count + 1,
                available_at = IIF(@status = N'DEADLETTER', available_at,
                    DATEADD(millisecond, @wait_ms % 1000, DATEADD(second, @wait_ms / 1000, @at))),
                finished_at = CASE WHEN @status = N'DEADLETTER' THEN @at END,
                locked_by = NULL, lease_expires_at = NULL, last_error_code = @code, last_error = LEFT(@message, 4000)
            WHERE job_id = @job_id AND status = N'RUNNING' AND run_id = @run_id AND cancel_requested = 0;
            -- See llm.usp_complete_job.
            IF @@ROWCOUNT = 0
                THROW 51205, N'the job was taken while its run ended; the whole call may be repeated', 1;
        END;
        -- While the row is held: somebody may claim it at once.
        SELECT @is_there = 1, @status = j.status, @attempt_count = j.attempt_count, @available_at = j.available_at
        FROM llm.job AS j
        WHERE j.job_id = @job_id;
        COMMIT TRANSACTION;
        SELECT @status AS status, @attempt_count AS attempt_count, @available_at AS available_at WHERE @is_there = 1;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
