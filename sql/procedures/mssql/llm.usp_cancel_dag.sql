-- Purpose:     cancel a dag: open nodes are SKIPPED, their jobs cancelled; what is completed or failed stays.
-- Parameters:  @dag_id; @now UTC.
-- Returns:     status of the dag; jobs that were cancelled or told to stop.
-- Errors:      NOT_FOUND.
-- Idempotency: a dag that has ended stays as it is; a repeat cancels what is left of a cancelled one.
CREATE OR ALTER PROCEDURE llm.usp_cancel_dag @dag_id bigint, @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @status nvarchar(40), @jobs bigint = 0, @message nvarchar(2048),
        @locked int;
    DECLARE @running TABLE (job_id bigint NOT NULL PRIMARY KEY);
    DECLARE @open TABLE (job_id bigint NOT NULL PRIMARY KEY);
    CREATE TABLE #cancelled_job (job_id bigint NOT NULL PRIMARY KEY);
    CREATE TABLE #job_before (
        job_id  bigint       NOT NULL PRIMARY KEY,
        status  nvarchar(40) COLLATE Latin1_General_100_BIN2 NOT NULL
    );
    BEGIN TRY
        BEGIN TRANSACTION;
        SELECT @status = d.status FROM llm.dag AS d WITH (UPDLOCK, ROWLOCK) WHERE d.dag_id = @dag_id;
        IF @status IS NULL
        BEGIN
            SET @message = CONCAT(N'NOT_FOUND: no dag has id ', @dag_id);
            THROW 50012, @message, 1;
        END;
        IF @status IN (N'RUNNING', N'CANCELLED')
        BEGIN
            -- Whoever routes a job holds it, and then reads its node: those are waited for before the nodes are locked.
            INSERT INTO @running (job_id)
            SELECT j.job_id
            FROM llm.dag_node AS n
            JOIN llm.job AS j ON j.dag_node_id = n.dag_node_id AND j.dag_node_id IS NOT NULL
            WHERE n.dag_id = @dag_id AND j.status = N'RUNNING';
            SELECT @locked = COUNT(*)
            FROM @running AS r
            JOIN llm.job AS j WITH (INDEX (pk_job), FORCESEEK, UPDLOCK, ROWLOCK) ON j.job_id = r.job_id
            WHERE j.status = N'RUNNING'
            OPTION (FORCE ORDER, LOOP JOIN);
            UPDATE llm.dag_node
            SET status = N'SKIPPED', finished_at = @at
            WHERE dag_id = @dag_id AND status IN (N'PENDING', N'RUNNING');
            SET @status = N'CANCELLED';
            UPDATE llm.dag SET status = @status, finished_at = COALESCE(finished_at, @at) WHERE dag_id = @dag_id;
            -- Found without a lock, then locked by their ids: whoever changes a job locks its row before its index entries.
            INSERT INTO @open (job_id)
            SELECT j.job_id
            FROM llm.dag_node AS n
            JOIN llm.job AS j ON j.dag_node_id = n.dag_node_id AND j.dag_node_id IS NOT NULL
            WHERE n.dag_id = @dag_id AND j.status IN (N'NEW', N'SCHEDULED', N'RUNNING');
            -- A job that is being claimed right now is waited for, not passed over.
            INSERT INTO #job_before (job_id, status)
            SELECT j.job_id, j.status
            FROM @open AS o
            JOIN llm.job AS j WITH (INDEX (pk_job), FORCESEEK, UPDLOCK, ROWLOCK) ON j.job_id = o.job_id
            WHERE j.status IN (N'NEW', N'SCHEDULED', N'RUNNING') AND j.cancel_requested = 0
            OPTION (FORCE ORDER, LOOP JOIN);
            UPDATE llm.job
            SET cancel_requested = 1, status = IIF(status = N'RUNNING', N'RUNNING', N'CANCELLED'),
                outcome = CASE WHEN status = N'RUNNING' THEN outcome ELSE N'{"status":"CANCELLED"}' END,
                finished_at = CASE WHEN status = N'RUNNING' THEN NULL ELSE @at END
            OUTPUT inserted.job_id INTO #cancelled_job (job_id)
            FROM llm.job WITH (INDEX (pk_job), FORCESEEK, ROWLOCK)
            WHERE status IN (N'NEW', N'SCHEDULED', N'RUNNING') AND cancel_requested = 0
              AND job_id IN (SELECT b.job_id FROM #job_before AS b)
            OPTION (LOOP JOIN);
            SET @jobs = @@ROWCOUNT;
            INSERT INTO llm.job_event (job_id, event, detail, happened_at)
            SELECT c.job_id, N'cancelled', CONCAT(N'{"status":"', b.status, N'","dag_id":', @dag_id, N'}'), @at
            FROM #cancelled_job AS c
            JOIN #job_before AS b ON b.job_id = c.job_id;
        END;
        COMMIT TRANSACTION;
        SELECT @status AS status, @jobs AS jobs;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
