-- Purpose:     raise the priority of waiting jobs that are older than their type's sla_seconds, by 100, once an SLA period;
--              what began below the type's default_priority, as backfills do, up to that and no further: then the oldest
--              goes first, but fresh work that is overdue goes before.
-- Parameters:  @limit most jobs; @now UTC; @into_caller 1: no result set, the number goes to @escalated.
-- Returns:     escalated.
-- Errors:      INVALID_PAYLOAD for a negative limit.
-- Idempotency: within an SLA period a job is raised once.
CREATE OR ALTER PROCEDURE llm.usp_escalate_overdue_jobs
    @limit int = 1000, @now datetime2(3) = NULL, @into_caller bit = 0, @escalated bigint = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @most int, @oldest datetime2(3), @first bigint, @end bigint,
        @middle bigint;
    DECLARE @overdue TABLE (job_id bigint NOT NULL PRIMARY KEY);
    DECLARE @raised TABLE (job_id bigint NOT NULL PRIMARY KEY, old_priority int NOT NULL, new_priority int NOT NULL);
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC llm.fn_checked_limit @limit = @limit, @result = @most OUTPUT;
        SET @oldest = (SELECT DATEADD(second, -MIN(t.sla_seconds), @at) FROM llm.job_type AS t);
        SET @escalated = 0;
        IF @oldest IS NOT NULL
        BEGIN
            -- Ids are given in the order of time: the first that was made too late to be overdue is found by halving (see
            -- llm.usp_archive_jobs).
            SELECT @first = MIN(j.job_id), @end = MAX(j.job_id) + 1 FROM llm.job AS j;
            WHILE @first < @end
            BEGIN
                SET @middle = @first + (@end - @first) / 2;
                IF (SELECT TOP (1) j.created_at FROM llm.job AS j WHERE j.job_id >= @middle ORDER BY j.job_id) <= @oldest
                    SET @first = @middle + 1;
                ELSE
                    SET @end = @middle;
            END;

            INSERT INTO @overdue (job_id)
            SELECT TOP (@most) j.job_id
            FROM llm.job AS j WITH (READPAST, ROWLOCK, READCOMMITTEDLOCK)
            JOIN llm.job_type AS t ON t.job_type = j.job_type
            WHERE j.status = N'NEW' AND j.job_id < @end
              AND DATEADD(second, t.sla_seconds, COALESCE(j.last_escalated_at, j.created_at)) <= @at
              AND NOT (j.last_escalated_at IS NOT NULL AND j.priority = t.default_priority)
            ORDER BY j.job_id;
            INSERT INTO @raised (job_id, old_priority, new_priority)
            SELECT j.job_id, j.priority, IIF(CONVERT(bigint, j.priority) + 100 < m.priority, CONVERT(bigint, j.priority) + 100, m.priority)
            FROM @overdue AS o
            JOIN llm.job AS j WITH (INDEX (pk_job), FORCESEEK, UPDLOCK, READPAST, ROWLOCK, READCOMMITTEDLOCK) ON j.job_id = o.job_id
            JOIN llm.job_type AS t ON t.job_type = j.job_type
            CROSS APPLY (SELECT IIF(j.priority < t.default_priority, t.default_priority, 2147483647) AS priority) AS m
            WHERE j.status = N'NEW' AND (j.last_escalated_at IS NULL OR j.last_escalated_at < @at)
            OPTION (FORCE ORDER, LOOP JOIN);
            -- Its condition counts where hints are ignored.
            UPDATE j
            SET priority = r.new_priority, last_escalated_at = @at
            FROM @raised AS r
            JOIN llm.job AS j WITH (INDEX (pk_job), FORCESEEK, ROWLOCK) ON j.job_id = r.job_id
            WHERE j.status = N'NEW' AND j.priority = r.old_priority
            OPTION (FORCE ORDER, LOOP JOIN);
            SET @escalated = @@ROWCOUNT;
            INSERT INTO llm.job_event (job_id, event, detail, happened_at)
            SELECT r.job_id, N'escalated', CONCAT(N'{"from":', r.old_priority, N',"to":', r.new_priority, N'}'), @at
            FROM @raised AS r
            JOIN llm.job AS j WITH (INDEX (pk_job), FORCESEEK) ON j.job_id = r.job_id AND j.last_escalated_at = @at;
        END;
        COMMIT TRANSACTION;
        IF @into_caller = 0 SELECT @escalated AS escalated;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
