-- Purpose:     a runner says that it is alive.
-- Parameters:  @worker_id, @host, @pid, @version, @job_types json array (empty = all), @concurrency, @running;
--              @now UTC, default the server's clock.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: yes. Who was silent for long is forgotten by llm.retention_policy.
CREATE OR ALTER PROCEDURE llm.usp_worker_heartbeat
    @worker_id uniqueidentifier, @host nvarchar(max), @pid int, @version nvarchar(max), @job_types nvarchar(max),
    @concurrency int, @running int, @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME());
    BEGIN TRY
        BEGIN TRANSACTION;
        UPDATE llm.worker WITH (UPDLOCK, HOLDLOCK)
        SET heartbeat_at = @at, job_types = @job_types, concurrency = @concurrency, running = @running
        WHERE worker_id = @worker_id;
        IF @@ROWCOUNT = 0
            INSERT INTO llm.worker (worker_id, host, pid, version, started_at, heartbeat_at, job_types, concurrency, running)
            VALUES (@worker_id, @host, @pid, @version, @at, @at, @job_types, @concurrency, @running);
        COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
