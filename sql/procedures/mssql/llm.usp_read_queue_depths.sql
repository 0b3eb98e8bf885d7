-- Purpose:     how much is left by job type, for metrics; llm.usp_read_queue_depth says it of all types together.
-- Parameters:  @job_types json array of names (null = all); @min_priority (null = any).
-- Returns:     one row a type: job_type, paused, new_count, scheduled_count, running_count, in the order of their names.
--              Read from the partial indexes of open jobs alone.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE llm.usp_read_queue_depths @job_types nvarchar(max) = NULL, @min_priority int = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @least int = COALESCE(@min_priority, -2147483648);
    WITH waiting AS (
        SELECT j.job_type, COUNT_BIG(*) AS jobs FROM llm.job AS j
        WHERE j.status = N'NEW' AND j.priority >= @least
        GROUP BY j.job_type
    ), later AS (
        SELECT j.job_type, COUNT_BIG(*) AS jobs FROM llm.job AS j
        WHERE j.status = N'SCHEDULED' AND j.priority >= @least
        GROUP BY j.job_type
    ), running AS (
        SELECT j.job_type, COUNT_BIG(*) AS jobs FROM llm.job AS j
        WHERE j.status = N'RUNNING' AND j.priority >= @least
        GROUP BY j.job_type
    )
    SELECT t.job_type, t.paused, COALESCE(w.jobs, 0) AS new_count, COALESCE(l.jobs, 0) AS scheduled_count,
        COALESCE(r.jobs, 0) AS running_count
    FROM llm.job_type AS t
    LEFT JOIN waiting AS w ON w.job_type = t.job_type
    LEFT JOIN later AS l ON l.job_type = t.job_type
    LEFT JOIN running AS r ON r.job_type = t.job_type
    WHERE @job_types IS NULL OR t.job_type IN (
        SELECT g.[value] COLLATE Latin1_General_100_BIN2 FROM OPENJSON(@job_types) AS g)
    ORDER BY t.job_type;
END;
