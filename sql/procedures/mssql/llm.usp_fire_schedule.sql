-- Purpose:     fire a schedule for one instant and set the next, in one transaction with what it enqueues.
-- Parameters:  @name; @fire_at the instant that is due (its next_fire_at); @next_fire_at the one after; @missed_count how
--              many later ones were missed and are covered by this; @is_skipped 1 to do nothing for them, as misfire wants.
--              @now UTC.
-- Returns:     fired (0: another scheduler did it, it is disabled or gone on, or the instant has not come); status; result;
--              correlation_id of all that it sets off.
-- Errors:      NOT_FOUND; INVALID_PAYLOAD if the next instant is not later; UNKNOWN_JOB_TYPE of what it enqueues.
-- Idempotency: an instant fires once, however many schedulers run. What takes steps stays OPEN for
--              llm.usp_step_schedule_fire.
CREATE OR ALTER PROCEDURE llm.usp_fire_schedule
    @name nvarchar(4000), @fire_at datetime2(3), @next_fire_at datetime2(3), @missed_count int = 0, @is_skipped bit = 0,
    @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @is_due bit, @fired bit = 0, @status nvarchar(40),
        @result nvarchar(max), @correlation_id uniqueidentifier, @message nvarchar(2048);
    BEGIN TRY
        BEGIN TRANSACTION;
        -- Written, for that locks whatever hints are worth.
        UPDATE llm.schedule SET enabled = enabled WHERE name = @name;
        IF @@ROWCOUNT = 0
        BEGIN
            SET @message = CONCAT(N'NOT_FOUND: no schedule is named ', @name);
            THROW 50012, @message, 1;
        END;
        IF @fire_at IS NULL OR @next_fire_at IS NULL OR @next_fire_at <= @fire_at
        BEGIN
            SET @message = CONCAT(N'INVALID_PAYLOAD: the next instant ',
                COALESCE(REPLACE(CONVERT(nvarchar(23), @next_fire_at, 126), N' ', N'T') + N'Z', N'<NULL>'), N' is not later than ',
                COALESCE(REPLACE(CONVERT(nvarchar(23), @fire_at, 126), N' ', N'T') + N'Z', N'<NULL>'));
            THROW 50004, @message, 1;
        END;
        SELECT @is_due = IIF(s.enabled = 1 AND s.next_fire_at = @fire_at AND @fire_at <= @at, 1, 0)
        FROM llm.schedule AS s
        WHERE s.name = @name;
        IF @is_due = 1
        BEGIN
            -- It fired before if the clock or somebody set next_fire_at back; then it only goes on.
            EXEC llm.usp_begin_schedule_fire @name = @name, @fire_at = @fire_at, @is_manual = 0, @missed_count = @missed_count,
                @is_skipped = @is_skipped, @now = @at, @fired = @fired OUTPUT, @status = @status OUTPUT, @result = @result OUTPUT,
                @result_correlation_id = @correlation_id OUTPUT;
            UPDATE llm.schedule
            SET last_fired_at = IIF(@fired = 1, @at, last_fired_at), next_fire_at = @next_fire_at
            WHERE name = @name;
        END;
        COMMIT TRANSACTION;
        SELECT @fired AS fired, @status AS status, @result AS result, @correlation_id AS correlation_id;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
