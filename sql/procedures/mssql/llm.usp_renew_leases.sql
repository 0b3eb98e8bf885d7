-- Purpose:     extend the leases of a runner's jobs.
-- Parameters:  @worker_id; @jobs json array of {job_id, run_id}; @now UTC.
-- Returns:     one row an item: state 'alive', 'cancel' (stop it, it will be refused) or 'lost' (another run may hold it).
-- Errors:      INVALID_PAYLOAD naming item and field.
-- Idempotency: yes.
CREATE OR ALTER PROCEDURE llm.usp_renew_leases @worker_id uniqueidentifier, @jobs nvarchar(max), @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @bad nvarchar(2000), @message nvarchar(2048);
    DECLARE @item TABLE (
        job_id   bigint           NOT NULL,
        ordinal  int              NOT NULL,
        run_id   uniqueidentifier NULL,
        PRIMARY KEY (job_id, ordinal)
    );
    BEGIN TRY
        BEGIN TRANSACTION;
        SET @bad = llm.fn_item_fault(@jobs);
        IF @bad IS NOT NULL
        BEGIN
            SET @message = CONCAT(N'INVALID_PAYLOAD: p_jobs, ', @bad, NCHAR(10),
                N'HINT: No lease was renewed; pass an array of {"job_id": ..., "run_id": ...}.');
            THROW 50004, @message, 1;
        END;
        INSERT INTO @item (job_id, ordinal, run_id)
        SELECT COALESCE(w.job_id, 0), CONVERT(int, i.[key]) + 1, w.run_id
        FROM OPENJSON(@jobs) AS i
        CROSS APPLY OPENJSON(i.[value]) WITH (job_id bigint '$.job_id', run_id uniqueidentifier '$.run_id') AS w;

        -- A row that is locked now is being routed or ended by its own run: it needs no longer lease, and rescue skips it.
        UPDATE j
        SET lease_expires_at = DATEADD(second, t.lease_seconds, @at)
        FROM @item AS i
        JOIN llm.job AS j WITH (INDEX (pk_job), FORCESEEK, UPDLOCK, READPAST, ROWLOCK, READCOMMITTEDLOCK) ON j.job_id = i.job_id
        JOIN llm.job_type AS t ON t.job_type = j.job_type
        WHERE j.run_id = i.run_id AND j.status = N'RUNNING' AND j.locked_by = @worker_id
        OPTION (FORCE ORDER, LOOP JOIN);
        COMMIT TRANSACTION;

        -- After the commit: what this waits for, the last step of a routing, waits for nobody here.
        SELECT i.job_id, i.run_id, CASE WHEN j.job_id IS NULL THEN N'lost' WHEN j.cancel_requested = 1 THEN N'cancel'
            ELSE N'alive' END AS state
        FROM @item AS i
        LEFT JOIN llm.job AS j WITH (INDEX (pk_job), FORCESEEK)
            ON j.job_id = i.job_id AND j.run_id = i.run_id AND j.status = N'RUNNING' AND j.locked_by = @worker_id
        ORDER BY i.ordinal
        OPTION (LOOP JOIN);
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
