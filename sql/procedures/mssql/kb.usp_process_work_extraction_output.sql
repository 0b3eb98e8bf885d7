-- Purpose:     route the answer of a work_extraction job: works with who appears in them.
-- Parameters:  @job_id, @run_id; @payload as in kb.usp_route_items; @now UTC, default the server's clock.
-- Returns:     the job's status and outcome.
-- Errors:      LEASE_LOST, UNKNOWN_JOB, CONTRACT_MISMATCH, INVALID_PAYLOAD, NOT_FOUND.
-- Idempotency: as kb.usp_route_items.
CREATE OR ALTER PROCEDURE kb.usp_process_work_extraction_output
    @job_id bigint, @run_id uniqueidentifier, @payload nvarchar(max), @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @status nvarchar(40), @outcome nvarchar(max);
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC kb.usp_route_items @job_id = @job_id, @run_id = @run_id, @payload = @payload, @now = @now, @status = @status OUTPUT,
            @outcome = @outcome OUTPUT;
        COMMIT TRANSACTION;
        SELECT @status AS status, @outcome AS outcome;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
