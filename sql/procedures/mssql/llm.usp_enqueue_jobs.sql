-- Purpose:     enqueue jobs in one call; a job whose dedupe key is known is found, not made again.
-- Parameters:  @jobs json array of {job_type, subject?, priority?, dedupe_key?, correlation_id?, source_page_id?,
--              dag_node_id?, input?, available_at?, max_attempts?, rerun?, is_repeat?}; @now UTC, default the server's clock;
--              @into_caller 1: no result set, the rows go to the caller's #enqueue_jobs (ordinal, job_id, status, created, hint).
--              Without dedupe_key a page job gets job_type:page:id:contract version (and :rerun:n), any other job a
--              key of its own; jobs of a dag carry their node in front of it. is_repeat true: this may have been called before and
--              its answer lost; what has the item's correlation_id is reported as created.
-- Returns:     one row an item, in order: ordinal (1..n), job_id, status, created, hint.
-- Errors:      UNKNOWN_JOB_TYPE, INVALID_PAYLOAD naming item and field; INVALID_STATE for a dag node that is not open.
-- Idempotency: repeating the call finds the same jobs, also when raced, but for those without dedupe_key and page: they
--              are other jobs each time. Rows go in in key order, so no deadlock.
CREATE OR ALTER PROCEDURE llm.usp_enqueue_jobs @jobs nvarchar(max), @now datetime2(3) = NULL, @into_caller bit = 0
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @bad nvarchar(2000), @is_alone int, @archive nvarchar(255), @locked int,
        @message nvarchar(2048);
    CREATE TABLE #enqueue_given (
        ordinal         int              NOT NULL PRIMARY KEY,
        job_id          bigint           NULL,
        job_type        nvarchar(100)    COLLATE Latin1_General_100_BIN2 NULL,
        subject         nvarchar(max)    COLLATE Latin1_General_100_BIN2 NULL,
        priority        int              NULL,
        correlation_id  uniqueidentifier NULL,
        source_page_id  bigint           NULL,
        dag_node_id     bigint           NULL,
        input           nvarchar(max)    COLLATE Latin1_General_100_BIN2 NULL,
        available_at    datetime2(3)     NULL,
        max_attempts    int              NULL,
        is_repeat       bit              NOT NULL,
        dedupe_key      nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL
    );
    CREATE TABLE #enqueue_id (job_id bigint NOT NULL PRIMARY KEY);
    -- In the order in which the keys are locked; of equal keys the first is placed.
    CREATE TABLE #enqueue_key (
        position    int           NOT NULL PRIMARY KEY,
        ordinal     int           NOT NULL,
        dedupe_key  nvarchar(800) COLLATE Latin1_General_100_BIN2 NOT NULL,
        is_first    bit           NOT NULL
    );
    BEGIN TRY
        BEGIN TRANSACTION;
        IF COALESCE(ISJSON(@jobs), 0) = 0
            OR LEFT(TRIM(NCHAR(32) + NCHAR(9) + NCHAR(10) + NCHAR(13) FROM LEFT(@jobs, 4000)), 1) <> N'['
            THROW 50004, N'INVALID_PAYLOAD: p_jobs is not a json array
HINT: Pass an array of objects, each with at least job_type.', 1;

        SELECT TOP (1) @bad = COALESCE(g.job_type, N'(none given)')
        FROM OPENJSON(@jobs) AS i
        OUTER APPLY (
            SELECT LEFT(w.job_type, 1000) AS job_type
            FROM OPENJSON(CASE WHEN i.[type] = 5 THEN i.[value] END) WITH (job_type nvarchar(max) '$.job_type') AS w
        ) AS g
        -- A blank at the end makes it another name.
        LEFT JOIN llm.job_type AS t
            ON t.job_type = g.job_type COLLATE Latin1_General_100_BIN2 AND DATALENGTH(t.job_type) = DATALENGTH(g.job_type)
        WHERE t.job_type IS NULL
        ORDER BY CONVERT(int, i.[key]);
        IF @bad IS NOT NULL
        BEGIN
            SET @message = CONCAT(N'UNKNOWN_JOB_TYPE: ', @bad, NCHAR(10),
                N'HINT: SELECT job_type FROM llm.job_type lists the known ones.');
            THROW 50003, @message, 1;
        END;
        -- Before anything is read as what it ought to be: an error of the server would name neither item nor field.
        SET @bad = llm.fn_item_fault(@jobs);
        IF @bad IS NOT NULL
        BEGIN
            SET @message = CONCAT(N'INVALID_PAYLOAD: p_jobs, ', @bad, NCHAR(10),
                N'HINT: Nothing was enqueued; the header of llm.usp_enqueue_jobs lists the fields.');
            THROW 50004, @message, 1;
        END;

        INSERT INTO #enqueue_given (ordinal, job_type, subject, priority, correlation_id, source_page_id, dag_node_id, input,
            available_at, max_attempts, is_repeat, dedupe_key)
        SELECT CONVERT(int, i.[key]) + 1, w.job_type, w.subject, w.priority, w.correlation_id, w.source_page_id, w.dag_node_id,
            w.input, CASE WHEN w.available_at IS NOT NULL THEN llm.fn_instant(w.available_at) END, w.max_attempts,
            w.is_repeat,
            CONCAT(
                CASE WHEN w.dag_node_id IS NOT NULL THEN CONCAT(N'dag:', w.dag_node_id, N':') END,
                COALESCE(
                    NULLIF(w.dedupe_key, N''),
                    w.job_type + N':page:' + CONVERT(nvarchar(20), w.source_page_id) + N':' + t.contract_version,
                    w.job_type + N':' + LOWER(CONVERT(nvarchar(36), NEWID()))),
                CASE WHEN w.rerun > 0 THEN CONCAT(N':rerun:', w.rerun) END)
        FROM OPENJSON(@jobs) AS i
        CROSS APPLY (
            -- Not WITH (...): there are servers whose OPENJSON cuts what that reads.
            SELECT MAX(CASE WHEN e.[key] = N'job_type' THEN e.[value] COLLATE Latin1_General_100_BIN2 END) AS job_type,
                MAX(CASE WHEN e.[key] = N'subject' THEN e.[value] END) AS subject,
                MAX(CASE WHEN e.[key] = N'priority' THEN TRY_CONVERT(int, e.[value]) END) AS priority,
                MAX(CASE WHEN e.[key] = N'dedupe_key' THEN e.[value] COLLATE Latin1_General_100_BIN2 END) AS dedupe_key,
                TRY_CONVERT(uniqueidentifier, MAX(CASE WHEN e.[key] = N'correlation_id' THEN e.[value] END)) AS correlation_id,
                MAX(CASE WHEN e.[key] = N'source_page_id' THEN TRY_CONVERT(bigint, e.[value]) END) AS source_page_id,
                MAX(CASE WHEN e.[key] = N'dag_node_id' THEN TRY_CONVERT(bigint, e.[value]) END) AS dag_node_id,
                MAX(CASE WHEN e.[key] = N'input' THEN e.[value] END) AS input,
                MAX(CASE WHEN e.[key] = N'available_at' THEN e.[value] END) AS available_at,
                MAX(CASE WHEN e.[key] = N'max_attempts' THEN TRY_CONVERT(int, e.[value]) END) AS max_attempts,
                MAX(CASE WHEN e.[key] = N'rerun' THEN TRY_CONVERT(int, e.[value]) END) AS rerun,
                MAX(CASE WHEN e.[key] = N'is_repeat' AND e.[value] COLLATE Latin1_General_100_BIN2 = N'true' THEN 1 ELSE 0 END) AS is_repeat
            FROM OPENJSON(i.[value]) AS e
            WHERE e.[type] <> 0
        ) AS w
        JOIN llm.job_type AS t ON t.job_type = w.job_type;

        -- Held to the end: whoever cancels the dag waits, and then finds these jobs.
        IF EXISTS (SELECT 1 FROM #enqueue_given AS g WHERE g.dag_node_id IS NOT NULL)
        BEGIN
            -- In the row itself: who changes the status of a node does not touch its other indexes.
            SELECT @locked = COUNT(*)
            FROM (SELECT DISTINCT g.dag_node_id FROM #enqueue_given AS g) AS d
            JOIN llm.dag_node AS n WITH (INDEX (pk_dag_node), FORCESEEK, REPEATABLEREAD, ROWLOCK) ON n.dag_node_id = d.dag_node_id
            OPTION (FORCE ORDER, LOOP JOIN);
            SELECT TOP (1) @bad = CONVERT(nvarchar(20), g.dag_node_id)
            FROM #enqueue_given AS g
            WHERE g.dag_node_id IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM llm.dag_node AS n WHERE n.dag_node_id = g.dag_node_id AND n.status = N'RUNNING')
            ORDER BY g.ordinal;
            IF @bad IS NOT NULL
            BEGIN
                SET @message = CONCAT(N'INVALID_STATE: the dag node ', @bad, N' is not open', NCHAR(10),
                    N'HINT: Its dag was cancelled or has gone on; nothing was enqueued.');
                THROW 50010, @message, 1;
            END;
        END;

        -- While it is held shared, nothing is archived. Otherwise what was placed is compared with the archive once more.
        SET @archive = LEFT(CONCAT(N'sproute.archive of ', DB_NAME()), 255);
        EXEC @is_alone = sys.sp_getapplock @Resource = @archive, @LockMode = N'Shared', @LockOwner = N'Transaction',
            @LockTimeout = 0;

        INSERT INTO #enqueue_key (position, ordinal, dedupe_key, is_first)
        SELECT ROW_NUMBER() OVER (ORDER BY k.dedupe_key, k.ordinal), k.ordinal, k.dedupe_key,
            IIF(ROW_NUMBER() OVER (PARTITION BY k.dedupe_key ORDER BY k.ordinal) = 1, 1, 0)
        FROM (
            SELECT g.ordinal, CONVERT(nvarchar(800), CASE WHEN DATALENGTH(g.dedupe_key) <= 1600 THEN g.dedupe_key
                ELSE CONCAT(LEFT(g.dedupe_key, 300), N':', llm.fn_hex(HASHBYTES('SHA2_256', g.dedupe_key))) END) AS dedupe_key
            FROM #enqueue_given AS g
        ) AS k;

        -- In the order of the array; ids of jobs that turn out to be known are never used.
        INSERT INTO #enqueue_id (job_id) SELECT NEXT VALUE FOR llm.job_job_id_seq FROM #enqueue_given;
        UPDATE g
        SET job_id = n.job_id
        FROM #enqueue_given AS g
        JOIN (SELECT d.job_id, ROW_NUMBER() OVER (ORDER BY d.job_id) AS ordinal FROM #enqueue_id AS d) AS n ON n.ordinal = g.ordinal;

        INSERT INTO llm.job (job_id, job_type, subject, status, priority, dedupe_key, correlation_id, source_page_id,
            dag_node_id, input, contract_version, available_at, max_attempts, created_at)
        SELECT g.job_id, g.job_type, COALESCE(g.subject, g.job_type), IIF(g.available_at > @at, N'SCHEDULED', N'NEW'),
            COALESCE(g.priority, t.default_priority), k.dedupe_key, COALESCE(g.correlation_id, NEWID()), g.source_page_id,
            g.dag_node_id, COALESCE(g.input, IIF(g.source_page_id IS NULL, N'{}', CONCAT(N'{"source_page_id":', g.source_page_id, N'}'))),
            t.contract_version, COALESCE(g.available_at, @at), COALESCE(g.max_attempts, t.max_attempts), @at
        FROM #enqueue_key AS k
        JOIN #enqueue_given AS g ON g.ordinal = k.ordinal
        JOIN llm.job_type AS t ON t.job_type = g.job_type
        WHERE k.is_first = 1
          AND NOT EXISTS (SELECT 1 FROM llm.job AS j WITH (UPDLOCK, HOLDLOCK) WHERE j.dedupe_key = k.dedupe_key)
          AND NOT EXISTS (SELECT 1 FROM llm.job_archive AS a WHERE a.dedupe_key = k.dedupe_key AND a.status = N'SUCCEEDED')
        ORDER BY k.position
        OPTION (FORCE ORDER, LOOP JOIN, MAXDOP 1);

        IF @is_alone < 0
            DELETE j
            FROM #enqueue_given AS g
            JOIN llm.job AS j ON j.job_id = g.job_id
            JOIN llm.job_archive AS a ON a.dedupe_key = j.dedupe_key AND a.status = N'SUCCEEDED'
            OPTION (FORCE ORDER, LOOP JOIN);

        SELECT k.ordinal, COALESCE(j.job_id, a.job_id) AS job_id, COALESCE(j.status, a.status) AS status,
            CONVERT(bit, IIF(j.job_id = g.job_id OR (g.is_repeat = 1 AND j.correlation_id = g.correlation_id), 1, 0)) AS created,
            CASE WHEN j.status IN (N'DEADLETTER', N'CANCELLED')
                THEN CONCAT(N'The job ended as ', j.status, N'; llm.usp_retry_jobs runs it again.') END AS hint
        INTO #enqueue_result
        FROM #enqueue_key AS k
        JOIN #enqueue_given AS g ON g.ordinal = k.ordinal
        LEFT JOIN llm.job AS j ON j.dedupe_key = k.dedupe_key
        LEFT JOIN llm.job_archive AS a ON j.job_id IS NULL AND a.dedupe_key = k.dedupe_key AND a.status = N'SUCCEEDED'
        OPTION (FORCE ORDER, LOOP JOIN);
        COMMIT TRANSACTION;
        IF @into_caller = 1
            INSERT INTO #enqueue_jobs (ordinal, job_id, status, created, hint)
            SELECT r.ordinal, r.job_id, r.status, r.created, r.hint FROM #enqueue_result AS r;
        ELSE
            SELECT CONVERT(bigint, r.ordinal) AS ordinal, r.job_id, r.status, r.created, r.hint
            FROM #enqueue_result AS r
            ORDER BY r.ordinal;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
