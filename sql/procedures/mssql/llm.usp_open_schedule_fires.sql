-- Purpose:     the firings that have steps left and that nobody works on.
-- Parameters:  @now UTC; @limit most of them.
-- Returns:     name, fire_at, action, payload, program_step (null: SQL does the next step), correlation_id, attempt_count;
--              the oldest of each schedule first, then the second of each, so that no backlog of one hides the others.
-- Errors:      INVALID_PAYLOAD for a negative limit.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE llm.usp_open_schedule_fires @now datetime2(3) = NULL, @limit int = 100
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @most int;
    EXEC llm.fn_checked_limit @limit = @limit, @result = @most OUTPUT;
    SELECT TOP (@most) o.name, o.fire_at, o.action, o.payload, o.program_step, o.correlation_id, o.attempt_count
    FROM (
        SELECT f.name, f.fire_at, f.fired_at, f.action, f.payload, f.program_step, f.correlation_id, f.attempt_count,
            ROW_NUMBER() OVER (PARTITION BY f.name ORDER BY f.fire_at) AS place
        FROM llm.schedule_fire AS f
        WHERE f.status = N'OPEN' AND (f.lease_expires_at IS NULL OR f.lease_expires_at <= @at)) AS o
    ORDER BY o.place, o.fired_at, o.name;
END;
