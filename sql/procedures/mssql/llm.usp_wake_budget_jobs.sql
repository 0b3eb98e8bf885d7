-- Purpose:     let jobs go that wait for money or for a limit a minute, once there is some again: the limit was raised or
--              removed, the price entered, the day is over. Runners call it every few seconds.
-- Parameters:  @model only jobs that were to ask this one (null = any); @force 1 also lets those go that would still have
--              to wait; @limit most jobs of this call; @now UTC.
-- Returns:     affected.
-- Errors:      INVALID_PAYLOAD for a negative limit.
-- Idempotency: jobs that are due no longer count.
CREATE OR ALTER PROCEDURE llm.usp_wake_budget_jobs
    @model nvarchar(4000) = NULL, @force bit = 0, @limit int = 1000, @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @most int, @affected bigint = 0;
    DECLARE @today date = CONVERT(date, @at);
    DECLARE @found TABLE (
        job_id           bigint        NOT NULL PRIMARY KEY,
        last_error_code  nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
        available_at     datetime2(3)  NOT NULL
    );
    DECLARE @woken TABLE (job_id bigint NOT NULL PRIMARY KEY);
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC llm.fn_checked_limit @limit = @limit, @result = @most OUTPUT;
        -- As their own small index has them, however many jobs wait for other reasons; found without a lock, then locked by their
        -- ids: whoever changes a job locks its row before its index entries.
        INSERT INTO @found (job_id, last_error_code, available_at)
        SELECT TOP (@most) j.job_id, j.last_error_code, j.available_at
        FROM llm.job AS j WITH (READPAST, ROWLOCK, READCOMMITTEDLOCK)
        LEFT JOIN llm.run AS r ON r.run_id = j.run_id
        LEFT JOIN llm.rate_limit AS l ON l.model = r.model
        LEFT JOIN llm.dag_node AS n ON n.dag_node_id = j.dag_node_id
        LEFT JOIN llm.dag_budget AS b ON b.dag_id = n.dag_id
        WHERE j.status = N'SCHEDULED' AND j.last_error_code IN (N'BUDGET_EXHAUSTED', N'LIMIT_REACHED')
          AND (@model IS NULL OR r.model = @model)
          AND (@force = 1
            OR (j.last_error_code = N'LIMIT_REACHED' AND (l.model IS NULL
                OR NOT EXISTS (SELECT l.requests_per_minute INTERSECT SELECT l.paced_requests_per_minute)
                OR NOT EXISTS (SELECT l.tokens_per_minute INTERSECT SELECT l.paced_tokens_per_minute)))
            OR (j.last_error_code = N'BUDGET_EXHAUSTED'
                AND (b.usd_limit IS NULL OR b.refused_limit IS NULL OR b.usd_limit > b.refused_limit)
                AND ((l.usd_per_day IS NULL AND b.usd_limit IS NULL)
                    OR EXISTS (SELECT 1 FROM llm.model_price AS p WHERE p.model = r.model))
                AND (l.refused_day IS NULL OR l.refused_day <> @today OR l.usd_per_day IS NULL OR l.refused_limit IS NULL
                    OR l.usd_per_day > l.refused_limit)))
        ORDER BY j.last_error_code, j.job_id
        OPTION (RECOMPILE);
        IF EXISTS (SELECT 1 FROM @found)
        BEGIN
            UPDATE llm.job
            SET status = N'NEW', available_at = @at
            OUTPUT inserted.job_id INTO @woken (job_id)
            FROM llm.job WITH (INDEX (pk_job), FORCESEEK, ROWLOCK, READPAST, READCOMMITTEDLOCK)
            WHERE status = N'SCHEDULED' AND last_error_code IN (N'BUDGET_EXHAUSTED', N'LIMIT_REACHED')
              AND job_id IN (SELECT f.job_id FROM @found AS f)
            OPTION (LOOP JOIN);
            SET @affected = @@ROWCOUNT;
            -- What runners do every few seconds tells nothing about a job; what a person forces does.
            IF @force = 1
                INSERT INTO llm.job_event (job_id, event, detail, happened_at)
                SELECT f.job_id, N'woken', CONCAT(N'{"last_error_code":"', f.last_error_code, N'","available_at":"',
                    REPLACE(CONVERT(nvarchar(23), f.available_at, 126), N' ', N'T'), N'Z"}'), @at
                FROM @woken AS w
                JOIN @found AS f ON f.job_id = w.job_id;
        END;
        COMMIT TRANSACTION;
        SELECT @affected AS affected;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
