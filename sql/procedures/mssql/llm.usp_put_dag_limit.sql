-- Purpose:     set the most USD that a dag may cost, or remove that limit; its jobs wait when the money is spent.
-- Parameters:  @dag_id; @usd_limit 0 or more (null = no limit); @now UTC; @into_caller 1: no result set.
-- Returns:     usd_limit, usd_used so far.
-- Errors:      INVALID_PAYLOAD, NOT_FOUND.
-- Idempotency: yes. What was used stays counted. llm.usp_create_dag takes the limit from its option usd_limit.
CREATE OR ALTER PROCEDURE llm.usp_put_dag_limit
    @dag_id bigint, @usd_limit decimal(38, 8), @now datetime2(3) = NULL, @into_caller bit = 0
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @limit decimal(14, 6), @used decimal(18, 8),
        @message nvarchar(2048);
    DECLARE @job TABLE (job_id bigint NOT NULL PRIMARY KEY);
    IF @usd_limit < 0 OR @usd_limit >= 100000000
        THROW 50004, N'INVALID_PAYLOAD: p_usd_limit is less than 0, or 100000000 or more', 1;
    BEGIN TRY
        BEGIN TRANSACTION;
        IF NOT EXISTS (SELECT 1 FROM llm.dag AS d WHERE d.dag_id = @dag_id)
        BEGIN
            SET @message = CONCAT(N'NOT_FOUND: no dag has the id ', @dag_id);
            THROW 50012, @message, 1;
        END;
        IF @usd_limit IS NULL
            DELETE b FROM llm.dag_budget AS b WHERE b.dag_id = @dag_id;
        ELSE
        BEGIN
            UPDATE llm.dag_budget WITH (UPDLOCK, HOLDLOCK)
            SET usd_limit = @usd_limit, updated_at = @at
            WHERE dag_id = @dag_id;
            IF @@ROWCOUNT = 0
            BEGIN
                -- Found in the index alone, then read by their ids: whoever changes a job locks its row before its index entries.
                INSERT INTO @job (job_id)
                SELECT j.job_id
                FROM llm.dag_node AS n
                JOIN llm.job AS j ON j.dag_node_id = n.dag_node_id AND j.dag_node_id IS NOT NULL
                WHERE n.dag_id = @dag_id;
                INSERT INTO llm.dag_budget (dag_id, usd_limit, usd_used, updated_at)
                SELECT @dag_id, @usd_limit, COALESCE(SUM(c.cost_usd), 0), @at
                FROM (SELECT j.run_id
                      FROM @job AS d
                      JOIN llm.job AS j WITH (INDEX (pk_job), FORCESEEK) ON j.job_id = d.job_id
                      UNION
                      SELECT f.run_id
                      FROM @job AS d
                      JOIN llm.run AS f ON f.job_id = d.job_id AND f.status <> N'SUCCEEDED') AS r
                JOIN llm.call AS c ON c.run_id = r.run_id;
            END;
            SELECT @limit = b.usd_limit, @used = b.usd_used FROM llm.dag_budget AS b WHERE b.dag_id = @dag_id;
        END;
        COMMIT TRANSACTION;
        IF @into_caller = 0 SELECT @limit AS usd_limit, @used AS usd_used;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
