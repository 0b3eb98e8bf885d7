-- Purpose:     route what the numbers of a column are.
-- Parameters:  @job_id, @run_id; @payload as onto.usp_route_column_classification takes it; @now UTC.
-- Returns:     the job's status and outcome: {status: routed, changed}.
-- Errors:      LEASE_LOST, UNKNOWN_JOB, CONTRACT_MISMATCH, INVALID_PAYLOAD.
-- Idempotency: the same call again returns what it stored.
CREATE OR ALTER PROCEDURE onto.usp_process_numeric_classification_output
    @job_id bigint, @run_id uniqueidentifier, @payload nvarchar(max), @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @status nvarchar(40), @outcome nvarchar(max);
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC onto.usp_route_column_classification @job_id = @job_id, @run_id = @run_id, @payload = @payload, @now = @now,
            @status = @status OUTPUT, @outcome = @outcome OUTPUT;
        COMMIT TRANSACTION;
        SELECT @status AS status, @outcome AS outcome;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
