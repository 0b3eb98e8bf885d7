-- Purpose:     fire a schedule because a person wants it, whether it is enabled or not; its own times stay as they are.
-- Parameters:  @name; @now UTC, which becomes the instant of this firing; @correlation_id of it and of what it
--              enqueues (null = a new one).
-- Returns:     fire_at; status; result; correlation_id.
-- Errors:      NOT_FOUND; INVALID_STATE while an earlier firing is open; UNKNOWN_JOB_TYPE of what it enqueues.
-- Idempotency: each call fires.
CREATE OR ALTER PROCEDURE llm.usp_run_schedule_now
    @name nvarchar(4000), @now datetime2(3) = NULL, @correlation_id uniqueidentifier = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @correlation uniqueidentifier = COALESCE(@correlation_id, NEWID()),
        @status nvarchar(40), @result nvarchar(max), @message nvarchar(2048);
    BEGIN TRY
        BEGIN TRANSACTION;
        -- Written, for that locks whatever hints are worth.
        UPDATE llm.schedule SET enabled = enabled WHERE name = @name;
        IF @@ROWCOUNT = 0
        BEGIN
            SET @message = CONCAT(N'NOT_FOUND: no schedule is named ', @name);
            THROW 50012, @message, 1;
        END;
        IF EXISTS (SELECT 1 FROM llm.schedule_fire AS f WHERE f.name = @name AND (f.status = N'OPEN' OR f.fire_at = @at))
        BEGIN
            SET @message = CONCAT(N'INVALID_STATE: an earlier firing of ', @name, N' is still open', NCHAR(10),
                N'HINT: A scheduler brings it to its end: sproute scheduler, or sproute run --schedule.');
            THROW 50010, @message, 1;
        END;
        EXEC llm.usp_begin_schedule_fire @name = @name, @fire_at = @at, @is_manual = 1, @missed_count = 0, @is_skipped = 0,
            @now = @at, @correlation_id = @correlation, @status = @status OUTPUT, @result = @result OUTPUT;
        COMMIT TRANSACTION;
        SELECT @at AS fire_at, @status AS status, @result AS result, @correlation AS correlation_id;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
