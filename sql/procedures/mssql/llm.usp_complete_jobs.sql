-- Purpose:     end many running jobs as SUCCEEDED in one statement.
-- Parameters:  @jobs json array of {job_id, run_id, outcome?, prompt_sha256?, model?}; @refused_only return only the
--              items that were not accepted or ended as CANCELLED; @now UTC.
-- Returns:     one row an item: job_id, run_id, accepted, status. Not accepted: the run no longer holds the job.
-- Errors:      INVALID_PAYLOAD naming item and field; an item that lost its lease does not stop the others.
-- Idempotency: an item that this run completed before is accepted again.
CREATE OR ALTER PROCEDURE llm.usp_complete_jobs @jobs nvarchar(max), @refused_only bit = 0, @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @items int, @accepted int, @bad nvarchar(2000),
        @message nvarchar(2048);
    -- In the order in which the rows are locked.
    CREATE TABLE #complete_item (
        job_id         bigint           NOT NULL,
        ordinal        int              NOT NULL,
        run_id         uniqueidentifier NULL,
        outcome        nvarchar(max)    COLLATE Latin1_General_100_BIN2 NULL,
        prompt_sha256  nvarchar(64)     COLLATE Latin1_General_100_BIN2 NULL,
        model          nvarchar(200)    COLLATE Latin1_General_100_BIN2 NULL,
        PRIMARY KEY (job_id, ordinal)
    );
    CREATE TABLE #complete_ended (
        job_id            bigint           NOT NULL PRIMARY KEY,
        run_id            uniqueidentifier NOT NULL,
        job_type          nvarchar(100)    COLLATE Latin1_General_100_BIN2 NOT NULL,
        status            nvarchar(40)     COLLATE Latin1_General_100_BIN2 NOT NULL,
        attempt_count     int              NOT NULL,
        locked_by         uniqueidentifier NOT NULL,
        correlation_id    uniqueidentifier NOT NULL,
        contract_version  nvarchar(50)     COLLATE Latin1_General_100_BIN2 NOT NULL,
        started_at        datetime2(3)     NOT NULL
    );
    BEGIN TRY
        BEGIN TRANSACTION;
        SET @bad = llm.fn_item_fault(@jobs);
        IF @bad IS NOT NULL
        BEGIN
            SET @message = CONCAT(N'INVALID_PAYLOAD: p_jobs, ', @bad, NCHAR(10),
                N'HINT: No job was completed; pass an array of {"job_id": ..., "run_id": ...}.');
            THROW 50004, @message, 1;
        END;
        INSERT INTO #complete_item (job_id, ordinal, run_id, outcome, prompt_sha256, model)
        SELECT COALESCE(w.job_id, 0), CONVERT(int, i.[key]) + 1, w.run_id, w.outcome, w.prompt_sha256, LEFT(w.model, 200)
        FROM OPENJSON(@jobs) AS i
        CROSS APPLY (
            -- Not WITH (...): there are servers whose OPENJSON cuts what that reads.
            SELECT MAX(CASE WHEN e.[key] = N'job_id' THEN TRY_CONVERT(bigint, e.[value]) END) AS job_id,
                TRY_CONVERT(uniqueidentifier, MAX(CASE WHEN e.[key] = N'run_id' THEN e.[value] END)) AS run_id,
                MAX(CASE WHEN e.[key] = N'outcome' THEN e.[value] END) AS outcome,
                MAX(CASE WHEN e.[key] = N'prompt_sha256' THEN e.[value] END) AS prompt_sha256,
                MAX(CASE WHEN e.[key] = N'model' THEN e.[value] END) AS model
            FROM OPENJSON(i.[value]) AS e
            WHERE e.[type] <> 0
        ) AS w;
        SET @items = @@ROWCOUNT;

        UPDATE llm.job
        SET status = IIF(cancel_requested = 1, N'CANCELLED', N'SUCCEEDED'),
            outcome = CASE WHEN cancel_requested = 1 THEN N'{"status":"CANCELLED"}' ELSE (
                SELECT TOP (1) i.outcome FROM #complete_item AS i
                WHERE i.job_id = job.job_id AND i.run_id = job.run_id ORDER BY i.ordinal) END,
            attempt_count = attempt_count + IIF(cancel_requested = 1, 0, 1), lease_expires_at = NULL, finished_at = @at,
            last_error_code = NULL, last_error = NULL
        OUTPUT inserted.job_id, inserted.run_id, inserted.job_type, inserted.status, inserted.attempt_count, inserted.locked_by,
            inserted.correlation_id, inserted.contract_version, inserted.started_at
        INTO #complete_ended (job_id, run_id, job_type, status, attempt_count, locked_by, correlation_id, contract_version,
            started_at)
        FROM llm.job WITH (INDEX (pk_job), FORCESEEK, ROWLOCK)
        WHERE status = N'RUNNING' AND job_id IN (SELECT w.job_id FROM #complete_item AS w WHERE w.run_id = job.run_id)
        OPTION (LOOP JOIN);

        INSERT INTO llm.run (run_id, job_id, attempt, worker_id, correlation_id, contract_name, contract_version,
            prompt_sha256, model, started_at, finished_at, status, input_tokens, output_tokens, cached_tokens, cost_usd,
            duration_ms, error_code)
        SELECT e.run_id, e.job_id, e.attempt_count + IIF(e.status = N'CANCELLED', 1, 0), e.locked_by, e.correlation_id,
            t.contract_name, e.contract_version, i.prompt_sha256, COALESCE(i.model, u.model), e.started_at, @at, e.status,
            COALESCE(u.input_tokens, 0), COALESCE(u.output_tokens, 0), COALESCE(u.cached_tokens, 0),
            CASE WHEN u.unpriced = 0 THEN COALESCE(u.cost_usd, 0) END,
            CASE WHEN @at > e.started_at THEN DATEDIFF_BIG(millisecond, e.started_at, @at) ELSE 0 END,
            CASE WHEN e.status = N'CANCELLED' THEN N'CANCELLED' END
        FROM #complete_ended AS e
        JOIN llm.job_type AS t ON t.job_type = e.job_type
        CROSS APPLY (
            SELECT TOP (1) c.prompt_sha256, c.model FROM #complete_item AS c
            WHERE c.job_id = e.job_id AND c.run_id = e.run_id ORDER BY c.ordinal
        ) AS i
        CROSS APPLY (
            SELECT SUM(k.input_tokens) AS input_tokens, SUM(k.output_tokens) AS output_tokens,
                SUM(k.cached_tokens) AS cached_tokens, SUM(k.cost_usd) AS cost_usd,
                COUNT(CASE WHEN k.cost_usd IS NULL THEN 1 END) AS unpriced, MAX(k.model) AS model
            FROM llm.call AS k
            WHERE k.run_id = e.run_id
        ) AS u;
        SET @accepted = (SELECT COUNT(*) FROM #complete_ended AS e WHERE e.status = N'SUCCEEDED');
        COMMIT TRANSACTION;

        -- After the commit: whoever ended the others may have committed since, and nobody waits for whom this waits for.
        SELECT i.job_id, i.run_id, CONVERT(bit, IIF(r.status IS NULL, 0, 1)) AS accepted,
            COALESCE(r.status, j.status, a.status) AS status
        FROM #complete_item AS i
        LEFT JOIN llm.run AS r ON r.run_id = i.run_id AND r.job_id = i.job_id AND r.status IN (N'SUCCEEDED', N'CANCELLED')
        LEFT JOIN llm.job AS j ON j.job_id = i.job_id
        LEFT JOIN llm.job_archive AS a ON a.job_id = i.job_id
        WHERE @refused_only = 0 OR (@accepted < @items AND (r.status IS NULL OR r.status <> N'SUCCEEDED'))
        ORDER BY i.ordinal;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
