-- Purpose:     how much is left; a draining runner ends when it is nothing.
-- Parameters:  @job_types json array of names (null = all); @min_priority (null = any).
-- Returns:     new_count, scheduled_count, running_count of types that are not paused, and next_available_at of what is
--              scheduled. Read from the partial indexes of open jobs alone.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE llm.usp_read_queue_depth @job_types nvarchar(max) = NULL, @min_priority int = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @least int = COALESCE(@min_priority, -2147483648);
    DECLARE @wanted TABLE (job_type nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY);
    INSERT INTO @wanted (job_type)
    SELECT t.job_type
    FROM llm.job_type AS t
    WHERE t.paused = 0 AND (@job_types IS NULL OR t.job_type IN (
        SELECT w.[value] COLLATE Latin1_General_100_BIN2 FROM OPENJSON(@job_types) AS w));
    SELECT
        (SELECT COUNT_BIG(*) FROM llm.job AS j WHERE j.status = N'NEW' AND j.priority >= @least
            AND j.job_type IN (SELECT w.job_type FROM @wanted AS w)) AS new_count,
        (SELECT COUNT_BIG(*) FROM llm.job AS j WHERE j.status = N'SCHEDULED' AND j.priority >= @least
            AND j.job_type IN (SELECT w.job_type FROM @wanted AS w)) AS scheduled_count,
        (SELECT COUNT_BIG(*) FROM llm.job AS j WHERE j.status = N'RUNNING' AND j.priority >= @least
            AND j.job_type IN (SELECT w.job_type FROM @wanted AS w)) AS running_count,
        (SELECT MIN(j.available_at) FROM llm.job AS j WHERE j.status = N'SCHEDULED') AS next_available_at;
END;
