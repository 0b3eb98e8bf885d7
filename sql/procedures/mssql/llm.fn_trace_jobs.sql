-- Purpose:     the jobs that an id is about: that of a run, or those with a correlation id, archived ones included. A procedure,
--              for it raises.
-- Parameters:  @id a run_id or correlation_id; @after the job_id after which to go on; @limit most jobs.
-- Returns:     job_id, ascending; run_id where @id is one; correlation_id. A run is found by its key, which holds that of its
--              job. A correlation id reads llm.job through, for an index on it would cost every job of the queue a sixth of
--              its time (decision 6), and llm.run only if no job has it: then the jobs are purged.
-- Errors:      INVALID_PAYLOAD for a negative limit.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE llm.fn_trace_jobs @id uniqueidentifier, @after bigint = 0, @limit int = 100
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    -- See llm.usp_claim_jobs: a run_id ends with its job's id.
    DECLARE @of_run bigint = CONVERT(bigint, SUBSTRING(CONVERT(binary(16), @id), 11, 6)), @most int;
    DECLARE @found TABLE (
        job_id          bigint           NOT NULL PRIMARY KEY,
        run_id          uniqueidentifier NULL,
        correlation_id  uniqueidentifier NULL
    );
    EXEC llm.fn_checked_limit @limit = @limit, @result = @most OUTPUT;
    INSERT INTO @found (job_id, run_id, correlation_id)
    SELECT TOP (@most) f.job_id, @id, f.correlation_id
    FROM (
        SELECT r.job_id, r.correlation_id FROM llm.run AS r WHERE r.run_id = @id
        UNION
        SELECT j.job_id, j.correlation_id FROM llm.job AS j WHERE j.job_id = @of_run AND j.run_id = @id
        UNION
        SELECT a.job_id, a.correlation_id FROM llm.job_archive AS a WHERE a.job_id = @of_run AND a.run_id = @id
    ) AS f
    WHERE f.job_id > @after;
    IF NOT EXISTS (SELECT 1 FROM @found) AND (@after <= 0 OR NOT EXISTS (SELECT 1 FROM llm.run AS r WHERE r.run_id = @id))
    BEGIN
        INSERT INTO @found (job_id, run_id, correlation_id)
        SELECT TOP (@most) f.job_id, NULL, @id
        FROM (
            SELECT j.job_id FROM llm.job AS j WHERE j.correlation_id = @id AND j.job_id > @after
            UNION ALL
            SELECT a.job_id FROM llm.job_archive AS a WHERE a.correlation_id = @id AND a.job_id > @after
        ) AS f
        ORDER BY f.job_id;
        IF NOT EXISTS (SELECT 1 FROM @found)
            INSERT INTO @found (job_id, run_id, correlation_id)
            SELECT TOP (@most) o.job_id, o.run_id, @id
            FROM (
                SELECT r.job_id, r.run_id, ROW_NUMBER() OVER (PARTITION BY r.job_id ORDER BY r.started_at, r.run_id) AS place
                FROM llm.run AS r
                WHERE r.correlation_id = @id AND r.job_id > @after
            ) AS o
            WHERE o.place = 1
            ORDER BY o.job_id;
    END;
    SELECT f.job_id, f.run_id, f.correlation_id FROM @found AS f ORDER BY f.job_id;
END;
