-- Purpose:     advance the running dags that wait for it; the maintenance loop of runners calls it, so no crash can strand one.
-- Parameters:  @limit most dags; @now UTC; @waits: wait for those that somebody else advances now, in place of passing them
--              over; whoever wants to know whether anything is left asks so; @into_caller 1: no result set, the rows go to the
--              caller's #advance_open_dags (dag_id, status).
-- Returns:     dag_id, status.
-- Errors:      INVALID_PAYLOAD for a negative limit.
-- Idempotency: as llm.usp_advance_dag.
CREATE OR ALTER PROCEDURE llm.usp_advance_open_dags
    @limit int = 100, @now datetime2(3) = NULL, @waits bit = 0, @into_caller bit = 0
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @most int, @dag_id bigint = 0, @status nvarchar(40);
    DECLARE @waiting TABLE (dag_id bigint NOT NULL PRIMARY KEY);
    DECLARE @advanced TABLE (
        dag_id  bigint       NOT NULL PRIMARY KEY,
        status  nvarchar(40) COLLATE Latin1_General_100_BIN2 NULL
    );
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC llm.fn_checked_limit @limit = @limit, @result = @most OUTPUT;
        -- Found without a lock, then locked one by one: a lock held while looking would be held on every running dag.
        IF @waits = 1
            INSERT INTO @waiting (dag_id)
            SELECT TOP (@most) d.dag_id
            FROM llm.dag AS d
            WHERE d.status = N'RUNNING' AND NOT EXISTS (
                SELECT 1 FROM llm.dag_node AS n
                JOIN llm.job AS j ON j.dag_node_id = n.dag_node_id AND j.dag_node_id IS NOT NULL
                    AND j.status IN (N'NEW', N'SCHEDULED', N'RUNNING')
                WHERE n.dag_id = d.dag_id AND n.status = N'RUNNING')
            ORDER BY d.dag_id;
        ELSE
            INSERT INTO @waiting (dag_id)
            SELECT TOP (@most) d.dag_id
            FROM llm.dag AS d WITH (READPAST, ROWLOCK, READCOMMITTEDLOCK)
            WHERE d.status = N'RUNNING' AND NOT EXISTS (
                SELECT 1 FROM llm.dag_node AS n
                JOIN llm.job AS j ON j.dag_node_id = n.dag_node_id AND j.dag_node_id IS NOT NULL
                    AND j.status IN (N'NEW', N'SCHEDULED', N'RUNNING')
                WHERE n.dag_id = d.dag_id AND n.status = N'RUNNING')
            ORDER BY d.dag_id;
        IF @waits = 1
            INSERT INTO @advanced (dag_id)
            SELECT d.dag_id
            FROM @waiting AS w
            JOIN llm.dag AS d WITH (INDEX (pk_dag), FORCESEEK, UPDLOCK, ROWLOCK) ON d.dag_id = w.dag_id
            WHERE d.status = N'RUNNING'
            OPTION (FORCE ORDER, LOOP JOIN);
        ELSE
            INSERT INTO @advanced (dag_id)
            SELECT d.dag_id
            FROM @waiting AS w
            JOIN llm.dag AS d WITH (INDEX (pk_dag), FORCESEEK, UPDLOCK, READPAST, ROWLOCK, READCOMMITTEDLOCK) ON d.dag_id = w.dag_id
            WHERE d.status = N'RUNNING'
            OPTION (FORCE ORDER, LOOP JOIN);
        WHILE @dag_id IS NOT NULL
        BEGIN
            SET @dag_id = (SELECT MIN(a.dag_id) FROM @advanced AS a WHERE a.dag_id > @dag_id);
            IF @dag_id IS NULL BREAK;
            EXEC llm.usp_advance_dag @dag_id = @dag_id, @now = @now, @into_caller = 1, @status = @status OUTPUT;
            UPDATE @advanced SET status = @status WHERE dag_id = @dag_id;
        END;
        COMMIT TRANSACTION;
        IF @into_caller = 1
            INSERT INTO #advance_open_dags (dag_id, status) SELECT a.dag_id, a.status FROM @advanced AS a;
        ELSE
            SELECT a.dag_id, a.status FROM @advanced AS a ORDER BY a.dag_id;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
