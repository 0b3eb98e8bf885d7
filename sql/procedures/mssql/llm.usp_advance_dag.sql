-- Purpose:     close the node of a dag whose jobs have all ended, open the next, close the dag.
-- Parameters:  @dag_id; @now UTC; @into_caller 1: no result set, the row goes to @status and @node.
-- Returns:     status of the dag; node that is open now (null = none).
-- Errors:      NOT_FOUND.
-- Idempotency: may be called by anyone at any time, any number of times: it looks at what is and does what is due.
-- A node starts with its plan job, and fails with the reason if that cannot be enqueued; a node that was reopened after
-- others were retried is planned anew. It is complete when all its jobs have ended, and failed if its plan job is dead, if
-- all its items failed, or more than its allowed share. A failed blocking node skips the later ones, unless only items
-- failed of one whose items do not block.
CREATE OR ALTER PROCEDURE llm.usp_advance_dag
    @dag_id bigint, @now datetime2(3) = NULL, @into_caller bit = 0, @status nvarchar(40) = NULL OUTPUT,
    @node nvarchar(100) = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @message nvarchar(2048), @correlation_id uniqueidentifier,
        @node_id bigint, @name nvarchar(100), @node_status nvarchar(40), @blocking bit, @blocking_items bit,
        @share decimal(5, 4), @plan_job_type nvarchar(100), @plan_input nvarchar(max), @plan_job_id bigint,
        @plan_pattern nvarchar(100), @plan_key nvarchar(100), @open int, @total int, @failed int, @plan_failed bit,
        @end nvarchar(40);
    BEGIN TRY
        BEGIN TRANSACTION;
        SET @status = NULL;
        SELECT @status = d.status, @correlation_id = d.correlation_id
        FROM llm.dag AS d WITH (UPDLOCK, ROWLOCK)
        WHERE d.dag_id = @dag_id;
        IF @status IS NULL
        BEGIN
            SET @message = CONCAT(N'NOT_FOUND: no dag has id ', @dag_id);
            THROW 50012, @message, 1;
        END;

        WHILE @status = N'RUNNING'
        BEGIN
            SET @node_id = NULL;
            SELECT TOP (1) @node_id = n.dag_node_id, @name = n.name, @node_status = n.status, @blocking = n.blocking,
                @blocking_items = n.blocking_items, @share = n.max_failed_share, @plan_job_type = n.plan_job_type,
                @plan_input = n.plan_input, @plan_job_id = n.plan_job_id
            FROM llm.dag_node AS n
            WHERE n.dag_id = @dag_id AND n.status IN (N'PENDING', N'RUNNING')
            ORDER BY n.ordinal;
            IF @node_id IS NULL
            BEGIN
                SET @message = NULL;
                SELECT TOP (1) @message = CONCAT(n.name, N': ', COALESCE(n.message, N'failed'))
                FROM llm.dag_node AS n
                WHERE n.dag_id = @dag_id AND n.status = N'FAILED' AND n.blocking = 1
                  AND (n.blocking_items = 1 OR NOT EXISTS (
                      SELECT 1 FROM llm.job AS j WHERE j.job_id = n.plan_job_id AND j.status = N'SUCCEEDED'))
                ORDER BY n.ordinal;
                SET @status = IIF(@message IS NULL, N'COMPLETED', N'FAILED');
                UPDATE llm.dag SET status = @status, finished_at = @at, error = @message WHERE dag_id = @dag_id;
                BREAK;
            END;
            SET @plan_pattern = CONCAT(N'dag:', @node_id, N':plan:%');

            IF @node_status = N'PENDING' OR @plan_job_id IS NULL
            BEGIN
                -- An error would undo everything here, so what cannot be enqueued is seen before.
                IF NOT EXISTS (SELECT 1 FROM llm.job_type AS t WHERE t.job_type = @plan_job_type)
                BEGIN
                    UPDATE llm.dag_node
                    SET status = N'FAILED', message = CONCAT(N'UNKNOWN_JOB_TYPE: ', @plan_job_type),
                        started_at = COALESCE(started_at, @at), finished_at = @at
                    WHERE dag_node_id = @node_id;
                    UPDATE llm.dag_node
                    SET status = N'SKIPPED', finished_at = @at
                    WHERE @blocking = 1 AND dag_id = @dag_id AND status = N'PENDING';
                    CONTINUE;
                END;
                -- Open before anything is enqueued into it: llm.usp_enqueue_jobs refuses what comes into a node that is not.
                UPDATE llm.dag_node
                SET status = N'RUNNING', started_at = COALESCE(started_at, @at)
                WHERE dag_node_id = @node_id;
                SET @plan_key = CONCAT(N'plan:', (
                    SELECT COUNT(*) FROM llm.job AS j WHERE j.dag_node_id = @node_id AND j.dedupe_key LIKE @plan_pattern));
                EXEC llm.usp_enqueue_job @job_type = @plan_job_type, @subject = @name, @dedupe_key = @plan_key,
                    @correlation_id = @correlation_id, @dag_node_id = @node_id, @input = @plan_input, @now = @at,
                    @into_caller = 1, @job_id = @plan_job_id OUTPUT;
                UPDATE llm.dag_node SET plan_job_id = @plan_job_id WHERE dag_node_id = @node_id;
            END;

            -- Nearly always something is open, which the index alone tells.
            IF EXISTS (
                SELECT 1 FROM llm.job AS j WHERE j.dag_node_id = @node_id AND j.status IN (N'NEW', N'SCHEDULED', N'RUNNING'))
                BREAK;
            SELECT @open = COUNT(CASE WHEN j.status IN (N'NEW', N'SCHEDULED', N'RUNNING') THEN 1 END),
                @total = COUNT(CASE WHEN j.dedupe_key NOT LIKE @plan_pattern THEN 1 END),
                @failed = COUNT(CASE WHEN j.dedupe_key NOT LIKE @plan_pattern
                    AND j.status IN (N'DEADLETTER', N'CANCELLED') THEN 1 END),
                @plan_failed = COALESCE(MAX(CASE WHEN j.job_id = @plan_job_id AND j.status IN (N'DEADLETTER', N'CANCELLED')
                    THEN 1 ELSE 0 END), 0)
            FROM llm.job AS j
            WHERE j.dag_node_id = @node_id;
            IF @open > 0 BREAK;

            SET @end = CASE
                WHEN @plan_failed = 1 THEN N'FAILED'
                WHEN @total > 0 AND @failed = @total THEN N'FAILED'
                WHEN @failed > @share * @total THEN N'FAILED'
                ELSE N'COMPLETED' END;
            UPDATE llm.dag_node
            SET status = @end, total = @total, finished_at = @at,
                message = CASE WHEN @plan_failed = 1 THEN N'its plan job failed'
                               WHEN @failed > 0 THEN CONCAT(@failed, N' of ', @total, N' items failed') END
            WHERE dag_node_id = @node_id;
            IF @end = N'FAILED' AND @blocking = 1 AND (@blocking_items = 1 OR @plan_failed = 1)
                UPDATE llm.dag_node
                SET status = N'SKIPPED', finished_at = @at
                WHERE dag_id = @dag_id AND status = N'PENDING';
        END;
        SET @node = NULL;
        SELECT TOP (1) @node = n.name
        FROM llm.dag_node AS n
        WHERE n.dag_id = @dag_id AND n.status = N'RUNNING'
        ORDER BY n.ordinal;
        COMMIT TRANSACTION;
        IF @into_caller = 0 SELECT @status AS status, @node AS node;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
