-- Purpose:     take back the jobs of runners that went silent.
-- Parameters:  @limit most jobs; @now UTC, default the server's clock; @into_caller 1: no result set, the rows go to the
--              caller's #rescue_expired_jobs (job_id, run_id, job_type, correlation_id, status).
-- Returns:     one row a rescued job: job_id, run_id (the abandoned run), job_type, correlation_id, status it has now.
-- Errors:      INVALID_PAYLOAD for a negative limit.
-- Idempotency: a rescued job is no longer RUNNING. Safe from any number of runners at once.
-- The attempt is not counted, for a killed process is not the job's fault; past max_abandons the job is dead.
CREATE OR ALTER PROCEDURE llm.usp_rescue_expired_jobs
    @limit int = 1000, @now datetime2(3) = NULL, @into_caller bit = 0
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @most int;
    DECLARE @expired TABLE (job_id bigint NOT NULL PRIMARY KEY);
    DECLARE @rescued TABLE (
        job_id            bigint           NOT NULL PRIMARY KEY,
        run_id            uniqueidentifier NOT NULL,
        job_type          nvarchar(100)    COLLATE Latin1_General_100_BIN2 NOT NULL,
        status            nvarchar(40)     COLLATE Latin1_General_100_BIN2 NOT NULL,
        attempt_count     int              NOT NULL,
        locked_by         uniqueidentifier NOT NULL,
        correlation_id    uniqueidentifier NOT NULL,
        contract_version  nvarchar(50)     COLLATE Latin1_General_100_BIN2 NOT NULL,
        started_at        datetime2(3)     NOT NULL,
        last_error        nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL
    );
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC llm.fn_checked_limit @limit = @limit, @result = @most OUTPUT;
        INSERT INTO @expired (job_id)
        SELECT TOP (@most) j.job_id
        FROM llm.job AS j WITH (INDEX (ix_job_running), READPAST, ROWLOCK, READCOMMITTEDLOCK)
        WHERE j.status = N'RUNNING' AND j.lease_expires_at < @at
        ORDER BY j.job_id;

        UPDATE llm.job
        SET status = CASE WHEN cancel_requested = 1 THEN N'CANCELLED'
                          WHEN abandon_count + 1 > max_abandons THEN N'DEADLETTER' ELSE N'NEW' END,
            abandon_count = abandon_count + 1, lease_expires_at = NULL,
            last_error_code = IIF(cancel_requested = 1, N'CANCELLED', N'LEASE_EXPIRED'),
            last_error = CONCAT(N'the lease of worker ', LOWER(CONVERT(nvarchar(36), locked_by)), N' ended without a word from it'),
            outcome = CASE WHEN cancel_requested = 1 THEN N'{"status":"CANCELLED"}' END,
            finished_at = CASE WHEN cancel_requested = 1 OR abandon_count + 1 > max_abandons THEN @at END
        OUTPUT inserted.job_id, inserted.run_id, inserted.job_type, inserted.status, inserted.attempt_count, inserted.locked_by,
            inserted.correlation_id, inserted.contract_version, inserted.started_at, inserted.last_error
        INTO @rescued (job_id, run_id, job_type, status, attempt_count, locked_by, correlation_id, contract_version, started_at,
            last_error)
        FROM llm.job WITH (INDEX (pk_job), FORCESEEK, ROWLOCK, READPAST, READCOMMITTEDLOCK)
        WHERE status = N'RUNNING' AND lease_expires_at < @at AND job_id IN (SELECT e.job_id FROM @expired AS e)
        OPTION (LOOP JOIN);

        INSERT INTO llm.run (run_id, job_id, attempt, worker_id, correlation_id, contract_name, contract_version, model,
            started_at, finished_at, status, input_tokens, output_tokens, cached_tokens, cost_usd, duration_ms,
            error_code, error)
        SELECT r.run_id, r.job_id, r.attempt_count + 1, r.locked_by, r.correlation_id, t.contract_name, r.contract_version,
            c.model, r.started_at, @at, N'ABANDONED', COALESCE(c.input_tokens, 0), COALESCE(c.output_tokens, 0),
            COALESCE(c.cached_tokens, 0), CASE WHEN c.unpriced = 0 THEN COALESCE(c.cost_usd, 0) END,
            CASE WHEN @at > r.started_at THEN DATEDIFF_BIG(millisecond, r.started_at, @at) ELSE 0 END, N'LEASE_EXPIRED',
            r.last_error
        FROM @rescued AS r
        JOIN llm.job_type AS t ON t.job_type = r.job_type
        CROSS APPLY (
            SELECT SUM(k.input_tokens) AS input_tokens, SUM(k.output_tokens) AS output_tokens,
                SUM(k.cached_tokens) AS cached_tokens, SUM(k.cost_usd) AS cost_usd,
                COUNT(CASE WHEN k.cost_usd IS NULL THEN 1 END) AS unpriced, MAX(k.model) AS model
            FROM llm.call AS k
            WHERE k.run_id = r.run_id
        ) AS c
        -- Nobody else writes it while the job's row is locked.
        WHERE NOT EXISTS (SELECT 1 FROM llm.run AS x WHERE x.run_id = r.run_id);
        COMMIT TRANSACTION;
        IF @into_caller = 1
            INSERT INTO #rescue_expired_jobs (job_id, run_id, job_type, correlation_id, status)
            SELECT r.job_id, r.run_id, r.job_type, r.correlation_id, r.status FROM @rescued AS r;
        ELSE
            SELECT r.job_id, r.run_id, r.job_type, r.correlation_id, r.status FROM @rescued AS r ORDER BY r.job_id;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
