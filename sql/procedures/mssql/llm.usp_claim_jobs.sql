-- Purpose:     take due jobs for a bounded time, highest priority first, oldest first among equals.
-- Parameters:  @worker_id who claims; @job_types json array of names (null = all); @batch_size most jobs;
--              @min_priority (null = any); @now UTC, default the server's clock.
-- Returns:     one row a claimed job with the run_id of this attempt, in claim order.
-- Errors:      INVALID_PAYLOAD.
-- Idempotency: every call claims afresh; a claim that nobody hears of is rescued when its lease ends.
CREATE OR ALTER PROCEDURE llm.usp_claim_jobs
    @worker_id uniqueidentifier, @job_types nvarchar(max) = NULL, @batch_size int = 1, @min_priority int = NULL,
    @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @prefix nvarchar(24),
        @capped nvarchar(100), @next nvarchar(100), @resource nvarchar(255),
        @size int = IIF(COALESCE(@batch_size, 1) > 0, COALESCE(@batch_size, 1), 0), @window bigint,
        @least int = COALESCE(@min_priority, -2147483648), @seen int, @got int = 0, @is_done bit = 0;
    DECLARE @type TABLE (
        job_type       nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY,
        lease_seconds  int           NOT NULL,
        max_running    int           NULL,
        quota          int           NOT NULL,
        claimed        int           NOT NULL
    );
    DECLARE @due TABLE (job_id bigint NOT NULL PRIMARY KEY);
    DECLARE @candidate TABLE (position int NOT NULL PRIMARY KEY, job_id bigint NOT NULL);
    DECLARE @claimed TABLE (
        job_id            bigint           NOT NULL PRIMARY KEY,
        run_id            uniqueidentifier NOT NULL,
        job_type          nvarchar(100)    COLLATE Latin1_General_100_BIN2 NOT NULL,
        subject           nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL,
        attempt           int              NOT NULL,
        abandon_count     int              NOT NULL,
        priority          int              NOT NULL,
        correlation_id    uniqueidentifier NOT NULL,
        source_page_id    bigint           NULL,
        dag_node_id       bigint           NULL,
        contract_version  nvarchar(50)     COLLATE Latin1_General_100_BIN2 NOT NULL,
        input             nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL,
        available_at      datetime2(3)     NOT NULL
    );
    BEGIN TRY
        BEGIN TRANSACTION;
        IF @worker_id IS NULL
            THROW 50004, N'INVALID_PAYLOAD: p_worker_id is null
HINT: Every process that claims has a uuid of its own.', 1;

        -- A run_id is a UUID of version 7: the time first, then what is random in this call, then the job's id, so that no
        -- two runs share one.
        SET @prefix = CONCAT(
            STUFF(RIGHT(llm.fn_hex(CONVERT(binary(8), DATEDIFF_BIG(millisecond, CONVERT(datetime2(3), '1970-01-01'), SYSUTCDATETIME()))), 12),
                9, 0, N'-'), N'-7', SUBSTRING(LOWER(CONVERT(nvarchar(36), NEWID())), 16, 9));

        INSERT INTO @type (job_type, lease_seconds, max_running, quota, claimed)
        SELECT t.job_type, t.lease_seconds, t.max_running, 2147483647, 0
        FROM llm.job_type AS t
        WHERE t.paused = 0 AND (@job_types IS NULL OR t.job_type IN (
            SELECT w.[value] COLLATE Latin1_General_100_BIN2 FROM OPENJSON(@job_types) AS w));

        -- Found without a lock, then locked by their ids: whoever changes a job locks its row before its index entries.
        INSERT INTO @due (job_id)
        SELECT TOP (1000) d.job_id
        FROM llm.job AS d WITH (INDEX (ix_job_scheduled), READPAST, ROWLOCK, READCOMMITTEDLOCK)
        WHERE d.status = N'SCHEDULED' AND d.available_at <= @at
        ORDER BY d.available_at;
        IF @@ROWCOUNT > 0
            UPDATE j
            SET status = N'NEW'
            FROM @due AS d
            JOIN llm.job AS j WITH (INDEX (pk_job), FORCESEEK, UPDLOCK, READPAST, ROWLOCK, READCOMMITTEDLOCK) ON j.job_id = d.job_id
            WHERE j.status = N'SCHEDULED' AND j.available_at <= @at
            OPTION (LOOP JOIN);

        -- Whoever claims a capped type holds its cap until commit, so the count below is exact. One after the other in order
        -- of their names, so that no two wait for each other.
        SET @capped = (SELECT MIN(t.job_type) FROM @type AS t WHERE t.max_running IS NOT NULL);
        IF @capped IS NOT NULL
        BEGIN
            SET @next = @capped;
            WHILE @next IS NOT NULL
            BEGIN
                SET @resource = CONCAT(N'sproute.cap:', @next);
                EXEC llm.usp_take_lock @resource = @resource, @mode = N'Exclusive';
                SET @next = (SELECT MIN(t.job_type) FROM @type AS t WHERE t.max_running IS NOT NULL AND t.job_type > @next);
            END;
            UPDATE c
            SET quota = CASE
                WHEN t.paused = 1 THEN 0
                WHEN t.max_running IS NULL THEN 2147483647
                ELSE t.max_running - (
                    SELECT COUNT(*) FROM llm.job AS r WHERE r.status = N'RUNNING' AND r.job_type = t.job_type) END
            FROM @type AS c
            JOIN llm.job_type AS t ON t.job_type = c.job_type;
        END;

        -- Candidates are read unlocked, each type from its end of the index, then locked and claimed in one global order,
        -- looking once more that they are NEW. Others may be at the first of them: then the window grows until the batch is
        -- full or nothing is left.
        SET @window = IIF(@size > 1, @size, 1);
        WHILE @is_done = 0
        BEGIN
            DELETE FROM @candidate;
            INSERT INTO @candidate (position, job_id)
            SELECT ROW_NUMBER() OVER (ORDER BY c.priority DESC, c.available_at, c.job_id), c.job_id
            FROM @type AS t
            CROSS APPLY (
                SELECT TOP (CASE WHEN t.quota <= t.claimed THEN 0 WHEN t.quota - t.claimed < @window THEN t.quota - t.claimed ELSE @window END)
                    n.job_id, n.priority, n.available_at
                FROM llm.job AS n WITH (INDEX (ix_job_claim), READPAST, ROWLOCK, READCOMMITTEDLOCK)
                WHERE n.status = N'NEW' AND n.job_type = t.job_type AND n.priority >= @least
                ORDER BY n.priority DESC, n.available_at, n.job_id
            ) AS c;
            SET @seen = @@ROWCOUNT;

            UPDATE llm.job
            SET status = N'RUNNING', run_id = CONVERT(uniqueidentifier, @prefix + RIGHT(llm.fn_hex(CONVERT(binary(8), job_id)), 12)),
                locked_by = @worker_id, started_at = @at,
                lease_expires_at = DATEADD(second, (SELECT t.lease_seconds FROM @type AS t WHERE t.job_type = job.job_type), @at)
            OUTPUT inserted.job_id, inserted.run_id, inserted.job_type, inserted.subject, inserted.attempt_count + 1,
                inserted.abandon_count, inserted.priority, inserted.correlation_id, inserted.source_page_id, inserted.dag_node_id,
                inserted.contract_version, inserted.input, inserted.available_at
            INTO @claimed (job_id, run_id, job_type, subject, attempt, abandon_count, priority, correlation_id, source_page_id,
                dag_node_id, contract_version, input, available_at)
            FROM llm.job WITH (INDEX (pk_job), FORCESEEK, ROWLOCK)
            WHERE status = N'NEW' AND job_id IN (
                SELECT TOP (@size - @got) l.job_id
                FROM @candidate AS c
                JOIN llm.job AS l WITH (INDEX (pk_job), FORCESEEK, UPDLOCK, READPAST, ROWLOCK, READCOMMITTEDLOCK)
                    ON l.job_id = c.job_id
                WHERE l.status = N'NEW'
                ORDER BY c.position)
            OPTION (LOOP JOIN);
            SET @got = (SELECT COUNT(*) FROM @claimed);

            SET @is_done = IIF(@got >= @size OR @seen < @window OR @window >= 64 * CONVERT(bigint, @size), 1, 0);
            SET @window = @window * 4;
            -- What was claimed of a capped type counts.
            IF @is_done = 0 AND @capped IS NOT NULL
                UPDATE t
                SET claimed = (SELECT COUNT(*) FROM @claimed AS c WHERE c.job_type = t.job_type)
                FROM @type AS t
                WHERE t.max_running IS NOT NULL;
        END;
        COMMIT TRANSACTION;
        SELECT c.job_id, c.run_id, c.job_type, c.subject, c.attempt, c.abandon_count, c.priority, c.correlation_id,
            c.source_page_id, c.dag_node_id, c.contract_version, c.input
        FROM @claimed AS c
        ORDER BY c.priority DESC, c.available_at, c.job_id;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
