-- Purpose:     take the program step of an open firing for a bounded time, or keep it longer.
-- Parameters:  @name, @fire_at; @worker_id who takes it (the same again renews); @lease_seconds; @now UTC.
-- Returns:     claimed (0: somebody else has it or another firing of the schedule, or it has none); attempt_count.
-- Errors:      INVALID_PAYLOAD without a worker.
-- Idempotency: a renewal is no attempt. After three attempts that nobody ended it is FAILED (LEASE_EXPIRED).
CREATE OR ALTER PROCEDURE llm.usp_claim_schedule_fire
    @name nvarchar(4000), @fire_at datetime2(3), @worker_id uniqueidentifier, @lease_seconds int = 60, @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @claimed bit = 0, @is_there bit = 0, @attempt_count int,
        @locked_by uniqueidentifier, @lease_expires_at datetime2(3);
    IF @worker_id IS NULL THROW 50004, N'INVALID_PAYLOAD: p_worker_id is null', 1;
    BEGIN TRY
        BEGIN TRANSACTION;
        -- All open ones of the schedule: only one of them is worked on. Written, for that locks whatever hints are worth.
        UPDATE llm.schedule_fire SET attempt_count = attempt_count WHERE name = @name AND status = N'OPEN';
        SELECT @is_there = 1, @attempt_count = f.attempt_count, @locked_by = f.locked_by, @lease_expires_at = f.lease_expires_at
        FROM llm.schedule_fire AS f
        WHERE f.name = @name AND f.fire_at = @fire_at AND f.status = N'OPEN' AND f.program_step IS NOT NULL;
        IF @is_there = 1 AND @locked_by = @worker_id AND @lease_expires_at > @at
        BEGIN
            UPDATE llm.schedule_fire
            SET lease_expires_at = DATEADD(SECOND, @lease_seconds, @at)
            WHERE name = @name AND fire_at = @fire_at;
            SET @claimed = 1;
        END;
        ELSE IF @is_there = 1 AND (@lease_expires_at IS NULL OR @lease_expires_at <= @at) AND NOT EXISTS (
            SELECT 1 FROM llm.schedule_fire AS f
            WHERE f.name = @name AND f.fire_at <> @fire_at AND f.status = N'OPEN' AND f.locked_by IS NOT NULL
              AND f.lease_expires_at > @at)
        BEGIN
            IF @attempt_count >= 3
                UPDATE llm.schedule_fire
                SET status = N'FAILED', finished_at = @at, locked_by = NULL, lease_expires_at = NULL,
                    error_code = COALESCE(error_code, N'LEASE_EXPIRED'),
                    error = COALESCE(error, N'three schedulers began it and none ended it')
                WHERE name = @name AND fire_at = @fire_at;
            ELSE
            BEGIN
                UPDATE llm.schedule_fire
                SET locked_by = @worker_id, lease_expires_at = DATEADD(SECOND, @lease_seconds, @at),
                    attempt_count = attempt_count + 1
                WHERE name = @name AND fire_at = @fire_at;
                SET @attempt_count = @attempt_count + 1;
                SET @claimed = 1;
            END;
        END;
        COMMIT TRANSACTION;
        SELECT @claimed AS claimed, COALESCE(@attempt_count, 0) AS attempt_count;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
