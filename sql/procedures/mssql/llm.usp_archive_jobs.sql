-- Purpose:     move finished jobs out of the hot table.
-- Parameters:  @older_than UTC instant of finishing; @limit most jobs of this call, which looks at ten times as many;
--              @now UTC; @statuses json array of the ends that count (null = SUCCEEDED and CANCELLED: a dead letter goes
--              only when it is asked for, for then it cannot be retried); @after only jobs with a higher id; @into_caller 1: no
--              result set, the row goes to @archived, @last_job_id and @is_done.
-- Returns:     archived; last_job_id up to which it looked: the next call goes on after it; is_done: there was no more.
-- Errors:      INVALID_PAYLOAD for a negative limit.
-- Idempotency: archived jobs are gone from the table; keys of succeeded jobs stay known. Never a job of a dag that runs or
--              that has dead or cancelled jobs: they may be retried, and the dag counts all its jobs then.
CREATE OR ALTER PROCEDURE llm.usp_archive_jobs
    @older_than datetime2(3), @limit int = 1000, @now datetime2(3) = NULL, @statuses nvarchar(max) = NULL, @after bigint = 0,
    @into_caller bit = 0, @archived bigint = NULL OUTPUT, @last_job_id bigint = NULL OUTPUT, @is_done bit = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @most int, @window bigint, @first bigint, @end bigint,
        @middle bigint, @made_at datetime2(3), @seen bigint, @last bigint, @old_count int;
    DECLARE @ended TABLE (status nvarchar(40) COLLATE Latin1_General_100_BIN2 NOT NULL);
    CREATE TABLE #old_job (job_id bigint NOT NULL PRIMARY KEY);
    CREATE TABLE #moved_job (
        job_id            bigint           NOT NULL PRIMARY KEY,
        job_type          nvarchar(100)    COLLATE Latin1_General_100_BIN2 NOT NULL,
        subject           nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL,
        status            nvarchar(40)     COLLATE Latin1_General_100_BIN2 NOT NULL,
        dedupe_key        nvarchar(800)    COLLATE Latin1_General_100_BIN2 NOT NULL,
        correlation_id    uniqueidentifier NOT NULL,
        source_page_id    bigint           NULL,
        dag_node_id       bigint           NULL,
        input             nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL,
        contract_version  nvarchar(50)     COLLATE Latin1_General_100_BIN2 NOT NULL,
        attempt_count     int              NOT NULL,
        abandon_count     int              NOT NULL,
        run_id            uniqueidentifier NULL,
        outcome           nvarchar(max)    COLLATE Latin1_General_100_BIN2 NULL,
        last_error_code   nvarchar(100)    COLLATE Latin1_General_100_BIN2 NULL,
        last_error        nvarchar(max)    COLLATE Latin1_General_100_BIN2 NULL,
        created_at        datetime2(3)     NOT NULL,
        created_by        nvarchar(256)    COLLATE Latin1_General_100_BIN2 NULL,
        started_at        datetime2(3)     NULL,
        finished_at       datetime2(3)     NOT NULL
    );
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC llm.fn_checked_limit @limit = @limit, @result = @most OUTPUT;
        SET @window = CONVERT(bigint, 10) * @most;
        INSERT INTO @ended (status)
        SELECT DISTINCT CONVERT(nvarchar(40), s.[value]) COLLATE Latin1_General_100_BIN2
        FROM OPENJSON(COALESCE(@statuses, N'["SUCCEEDED", "CANCELLED"]')) AS s
        WHERE s.[value] COLLATE Latin1_General_100_BIN2 IN (N'SUCCEEDED', N'CANCELLED', N'DEADLETTER');

        -- See llm.usp_enqueue_jobs.
        EXEC llm.usp_take_lock @resource = N'sproute.archive', @mode = N'Exclusive';

        -- No job ended before it was made, and ids are given in the order of time, but for transactions that overlap: the
        -- first id that was made too late is found by halving. What that misses by a moment is archived by a later call.
        SELECT @first = MIN(j.job_id) FROM llm.job AS j WHERE j.job_id > @after;
        SELECT @end = MAX(j.job_id) + 1 FROM llm.job AS j;
        WHILE @first < @end
        BEGIN
            SET @middle = @first + (@end - @first) / 2;
            SET @made_at = NULL;
            SELECT TOP (1) @made_at = j.created_at FROM llm.job AS j WHERE j.job_id >= @middle ORDER BY j.job_id;
            IF @made_at < @older_than SET @first = @middle + 1;
            ELSE SET @end = @middle;
        END;

        -- However many stay (dead letters, jobs of dags), a call looks at so many and no more.
        SELECT @seen = COUNT_BIG(*), @last = MAX(w.job_id)
        FROM (SELECT TOP (@window) j.job_id
              FROM llm.job AS j
              WHERE j.job_id > @after AND j.job_id < @end
              ORDER BY j.job_id) AS w;
        INSERT INTO #old_job (job_id)
        SELECT TOP (@most) j.job_id
        FROM llm.job AS j WITH (UPDLOCK, ROWLOCK, READPAST, READCOMMITTEDLOCK)
        WHERE j.job_id > @after AND j.job_id <= @last AND j.finished_at < @older_than
          AND j.status IN (SELECT e.status FROM @ended AS e)
          AND NOT EXISTS (
              SELECT 1
              FROM llm.dag_node AS n
              JOIN llm.dag AS d ON d.dag_id = n.dag_id
              WHERE n.dag_node_id = j.dag_node_id AND (d.status = N'RUNNING' OR EXISTS (
                  SELECT 1
                  FROM llm.dag_node AS o
                  JOIN llm.job AS k ON k.dag_node_id = o.dag_node_id AND k.dag_node_id IS NOT NULL
                      AND k.status IN (N'DEADLETTER', N'CANCELLED')
                  WHERE o.dag_id = n.dag_id)))
        ORDER BY j.job_id;
        SELECT @old_count = COUNT(*), @last_job_id = MAX(o.job_id) FROM #old_job AS o;

        DELETE FROM llm.job
        OUTPUT deleted.job_id, deleted.job_type, deleted.subject, deleted.status, deleted.dedupe_key, deleted.correlation_id,
            deleted.source_page_id, deleted.dag_node_id, deleted.input, deleted.contract_version, deleted.attempt_count,
            deleted.abandon_count, deleted.run_id, deleted.outcome, deleted.last_error_code, deleted.last_error,
            deleted.created_at, deleted.created_by, deleted.started_at, deleted.finished_at
        INTO #moved_job (job_id, job_type, subject, status, dedupe_key, correlation_id, source_page_id, dag_node_id, input,
            contract_version, attempt_count, abandon_count, run_id, outcome, last_error_code, last_error, created_at, created_by,
            started_at, finished_at)
        FROM llm.job WITH (INDEX (pk_job), FORCESEEK, ROWLOCK)
        WHERE job_id IN (SELECT o.job_id FROM #old_job AS o) AND finished_at < @older_than
          AND status IN (SELECT e.status FROM @ended AS e)
        OPTION (LOOP JOIN);
        INSERT INTO llm.job_archive (job_id, job_type, subject, status, dedupe_key, correlation_id, source_page_id,
            dag_node_id, input, contract_version, attempt_count, abandon_count, run_id, outcome, last_error_code,
            last_error, created_at, created_by, started_at, finished_at, archived_at)
        SELECT m.job_id, m.job_type, m.subject, m.status, m.dedupe_key, m.correlation_id, m.source_page_id, m.dag_node_id,
            m.input, m.contract_version, m.attempt_count, m.abandon_count, m.run_id, m.outcome, m.last_error_code,
            m.last_error, m.created_at, m.created_by, m.started_at, m.finished_at, @at
        FROM #moved_job AS m
        WHERE m.status <> N'SUCCEEDED' OR NOT EXISTS (
            SELECT 1 FROM llm.job_archive AS a WITH (UPDLOCK, HOLDLOCK)
            WHERE a.dedupe_key = m.dedupe_key AND a.status = N'SUCCEEDED');
        SET @archived = @@ROWCOUNT;
        SET @is_done = IIF(@most = 0 OR (@old_count < @most AND @seen < @window), 1, 0);
        IF @old_count < @most SET @last_job_id = @last;
        COMMIT TRANSACTION;
        IF @into_caller = 0 SELECT @archived AS archived, @last_job_id AS last_job_id, @is_done AS is_done;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
