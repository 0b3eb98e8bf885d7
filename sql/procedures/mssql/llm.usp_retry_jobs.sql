-- Purpose:     run dead letters and cancelled jobs again, with fresh counters.
-- Parameters:  @filter as llm.fn_matching_jobs; @limit most jobs of this call; @now UTC; @after only jobs with a higher
--              job_id (to go on where the last call ended, instead of passing over what it did).
-- Returns:     affected; remaining beyond last_job_id (counted to 10 000, and to the end where @limit is 0); last_job_id for
--              the next call's @after.
-- Errors:      EMPTY_FILTER, INVALID_PAYLOAD; DAG_RUNNING when job_ids name a job whose dag ended and another of its kind
--              and subject runs (any other filter leaves such jobs out).
-- Idempotency: retried jobs no longer match. Their dag node and the later ones are open again. Rows that are locked now are
--              passed over: a call without @after meets them.
CREATE OR ALTER PROCEDURE llm.usp_retry_jobs
    @filter nvarchar(max), @limit int = 1000, @now datetime2(3) = NULL, @after bigint = 0
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @statuses nvarchar(100) = N'["DEADLETTER", "CANCELLED"]', @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()),
        @message nvarchar(2048), @blocked bigint, @other bigint, @other_filter nvarchar(max), @locked int,
        @most int, @last bigint, @left bigint, @counted int, @affected bigint;
    DECLARE @dag TABLE (dag_id bigint NOT NULL PRIMARY KEY, is_blocked bit NOT NULL);
    DECLARE @rival TABLE (dag_id bigint NOT NULL PRIMARY KEY, is_wanted bit NULL);
    CREATE TABLE #matching_jobs (job_id bigint NOT NULL PRIMARY KEY);
    CREATE TABLE #wanted_job (job_id bigint NOT NULL PRIMARY KEY);
    CREATE TABLE #changed_job (job_id bigint NOT NULL PRIMARY KEY);
    CREATE TABLE #job_before (
        job_id           bigint        NOT NULL PRIMARY KEY,
        status           nvarchar(40)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        attempt_count    int           NOT NULL,
        last_error_code  nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
        dag_node_id      bigint        NULL
    );
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC llm.fn_checked_limit @limit = @limit, @result = @most OUTPUT;
        EXEC llm.fn_matching_jobs @filter = @filter, @statuses = @statuses, @now = @at, @after = @after, @limit = @most;
        INSERT INTO #wanted_job (job_id) SELECT m.job_id FROM #matching_jobs AS m;
        SET @last = COALESCE((SELECT MAX(w.job_id) FROM #wanted_job AS w), @after);
        DELETE FROM #matching_jobs;
        SET @counted = CASE WHEN @limit > 0 THEN 10000 END;
        EXEC llm.fn_matching_jobs @filter = @filter, @statuses = @statuses, @now = @at, @after = @last, @limit = @counted;
        SET @left = (SELECT COUNT_BIG(*) FROM #matching_jobs AS m);

        -- Dags first, as everywhere, then their jobs. A dag that is ended by somebody else meanwhile is seen as ended.
        INSERT INTO @dag (dag_id, is_blocked)
        SELECT DISTINCT n.dag_id, 0
        FROM #wanted_job AS w
        JOIN llm.job AS j ON j.job_id = w.job_id
        JOIN llm.dag_node AS n ON n.dag_node_id = j.dag_node_id;
        SELECT @locked = COUNT(*)
        FROM @dag AS g
        JOIN llm.dag AS d WITH (INDEX (pk_dag), FORCESEEK, UPDLOCK, ROWLOCK) ON d.dag_id = g.dag_id
        OPTION (FORCE ORDER, LOOP JOIN);
        -- Only one of a kind and subject runs: the latest of those that are wanted, in later calls too.
        INSERT INTO @rival (dag_id, is_wanted)
        SELECT o.dag_id, IIF(o.status = N'RUNNING', 1, NULL)
        FROM llm.dag AS o
        WHERE EXISTS (
            SELECT 1 FROM @dag AS g
            JOIN llm.dag AS d ON d.dag_id = g.dag_id
            WHERE d.status <> N'RUNNING' AND o.kind = d.kind AND o.subject_sha256 = d.subject_sha256 AND o.subject = d.subject
              AND o.dag_id <> d.dag_id AND (o.status = N'RUNNING' OR o.dag_id > d.dag_id));
        WHILE EXISTS (SELECT 1 FROM @rival AS r WHERE r.is_wanted IS NULL)
        BEGIN
            SET @other = (SELECT MIN(r.dag_id) FROM @rival AS r WHERE r.is_wanted IS NULL);
            DELETE FROM #matching_jobs;
            IF NOT EXISTS (SELECT 1 FROM OPENJSON(@filter) AS f WHERE f.[key] = N'dag_id')
            BEGIN
                SET @other_filter = STUFF(@filter, CHARINDEX(N'{', @filter), 1, CONCAT(N'{"dag_id":', @other, N','));
                EXEC llm.fn_matching_jobs @filter = @other_filter, @statuses = @statuses, @now = @at, @after = 0, @limit = 1;
            END;
            UPDATE @rival
            SET is_wanted = IIF(EXISTS (SELECT 1 FROM #matching_jobs AS m), 1, 0)
            WHERE dag_id = @other;
        END;
        UPDATE g
        SET is_blocked = 1
        FROM @dag AS g
        JOIN llm.dag AS d ON d.dag_id = g.dag_id
        WHERE d.status <> N'RUNNING' AND EXISTS (
            SELECT 1 FROM @rival AS r
            JOIN llm.dag AS o ON o.dag_id = r.dag_id
            WHERE r.is_wanted = 1 AND o.kind = d.kind AND o.subject_sha256 = d.subject_sha256 AND o.subject = d.subject
              AND o.dag_id <> d.dag_id AND (o.status = N'RUNNING' OR o.dag_id > d.dag_id));
        SET @blocked = (SELECT MIN(g.dag_id) FROM @dag AS g WHERE g.is_blocked = 1);
        IF @blocked IS NOT NULL AND EXISTS (SELECT 1 FROM OPENJSON(@filter) AS f WHERE f.[key] = N'job_ids')
        BEGIN
            SET @message = CONCAT(N'DAG_RUNNING: the jobs belong to dag ', @blocked, N', and another of its kind and subject runs',
                NCHAR(10), N'HINT: Wait until it ends, or cancel it with llm.usp_cancel_dag.');
            THROW 50007, @message, 1;
        END;
        DELETE w
        FROM #wanted_job AS w
        JOIN llm.job AS j ON j.job_id = w.job_id
        JOIN llm.dag_node AS n ON n.dag_node_id = j.dag_node_id
        JOIN @dag AS b ON b.dag_id = n.dag_id
        WHERE b.is_blocked = 1;

        -- Rows that are locked now are passed over.
        INSERT INTO #job_before (job_id, status, attempt_count, last_error_code, dag_node_id)
        SELECT j.job_id, j.status, j.attempt_count, j.last_error_code, j.dag_node_id
        FROM #wanted_job AS w
        JOIN llm.job AS j WITH (INDEX (pk_job), FORCESEEK, UPDLOCK, READPAST, ROWLOCK, READCOMMITTEDLOCK) ON j.job_id = w.job_id
        WHERE j.status IN (N'DEADLETTER', N'CANCELLED')
        ORDER BY j.job_id
        OPTION (LOOP JOIN);
        UPDATE llm.job
        SET status = N'NEW', available_at = @at, attempt_count = 0, abandon_count = 0, cancel_requested = 0, outcome = NULL,
            finished_at = NULL, run_id = NULL, locked_by = NULL, lease_expires_at = NULL
        OUTPUT inserted.job_id INTO #changed_job (job_id)
        FROM llm.job WITH (INDEX (pk_job), FORCESEEK, ROWLOCK)
        WHERE status IN (N'DEADLETTER', N'CANCELLED') AND job_id IN (SELECT b.job_id FROM #job_before AS b)
        OPTION (LOOP JOIN);
        SET @affected = @@ROWCOUNT;
        INSERT INTO llm.job_event (job_id, event, detail, happened_at)
        SELECT j.job_id, N'retried', CONCAT(N'{"status":"', j.status, N'","attempt_count":', j.attempt_count,
            N',"last_error_code":', COALESCE(llm.fn_json_string(j.last_error_code), N'null'), N'}'), @at
        FROM #changed_job AS c
        JOIN #job_before AS j ON j.job_id = c.job_id;
        UPDATE d
        SET status = N'RUNNING', finished_at = NULL, error = NULL
        FROM llm.dag AS d
        WHERE d.dag_id IN (
            SELECT n.dag_id
            FROM #changed_job AS c
            JOIN #job_before AS j ON j.job_id = c.job_id
            JOIN llm.dag_node AS n ON n.dag_node_id = j.dag_node_id);
        UPDATE n
        SET status = IIF(n.ordinal = r.ordinal, N'RUNNING', N'PENDING'), finished_at = NULL,
            plan_job_id = CASE WHEN n.ordinal = r.ordinal THEN n.plan_job_id END, message = NULL,
            plan_message = CASE WHEN n.ordinal = r.ordinal THEN n.plan_message END
        FROM (
            SELECT o.dag_id, MIN(o.ordinal) AS ordinal
            FROM #changed_job AS c
            JOIN #job_before AS j ON j.job_id = c.job_id
            JOIN llm.dag_node AS o ON o.dag_node_id = j.dag_node_id
            GROUP BY o.dag_id
        ) AS r
        JOIN llm.dag_node AS n ON n.dag_id = r.dag_id
        WHERE n.ordinal >= r.ordinal;
        COMMIT TRANSACTION;
        SELECT @affected AS affected, @left AS remaining, @last AS last_job_id;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
