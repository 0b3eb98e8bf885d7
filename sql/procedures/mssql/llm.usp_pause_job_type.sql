-- Purpose:     pause a job type: from the next claim on its jobs stay where they are; running ones finish.
-- Parameters:  @job_type.
-- Returns:     changed.
-- Errors:      UNKNOWN_JOB_TYPE.
-- Idempotency: yes.
CREATE OR ALTER PROCEDURE llm.usp_pause_job_type @job_type nvarchar(4000)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @updated int, @message nvarchar(2048);
    BEGIN TRY
        BEGIN TRANSACTION;
        UPDATE llm.job_type
        SET paused = 1, updated_at = SYSUTCDATETIME()
        WHERE job_type = @job_type AND paused = 0;
        SET @updated = @@ROWCOUNT;
        IF @updated = 0 AND NOT EXISTS (SELECT 1 FROM llm.job_type AS t WHERE t.job_type = @job_type)
        BEGIN
            SET @message = CONCAT(N'UNKNOWN_JOB_TYPE: ', @job_type);
            THROW 50003, @message, 1;
        END;
        COMMIT TRANSACTION;
        SELECT CONVERT(bit, @updated) AS changed;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
