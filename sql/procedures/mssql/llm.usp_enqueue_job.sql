-- Purpose:     enqueue one job; the form for people who type SQL.
-- Parameters:  as an item of usp_enqueue_jobs; all but @job_type may be left out. @into_caller 1: no result set, the row goes to
--              @job_id, @status, @created and @hint.
-- Returns:     job_id, status, created, hint.
-- Errors:      UNKNOWN_JOB_TYPE, INVALID_PAYLOAD.
-- Idempotency: the same dedupe key finds the same job.
CREATE OR ALTER PROCEDURE llm.usp_enqueue_job
    @job_type nvarchar(max), @subject nvarchar(max) = NULL, @priority int = NULL, @dedupe_key nvarchar(max) = NULL,
    @correlation_id uniqueidentifier = NULL, @source_page_id bigint = NULL, @dag_node_id bigint = NULL,
    @input nvarchar(max) = NULL, @available_at datetime2(3) = NULL, @max_attempts int = NULL, @rerun int = NULL,
    @now datetime2(3) = NULL, @into_caller bit = 0, @job_id bigint = NULL OUTPUT, @status nvarchar(40) = NULL OUTPUT,
    @created bit = NULL OUTPUT, @hint nvarchar(1000) = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @jobs nvarchar(max);
    CREATE TABLE #enqueue_jobs (
        ordinal  bigint         NOT NULL PRIMARY KEY,
        job_id   bigint         NULL,
        status   nvarchar(40)   COLLATE Latin1_General_100_BIN2 NULL,
        created  bit            NULL,
        hint     nvarchar(1000) COLLATE Latin1_General_100_BIN2 NULL
    );
    BEGIN TRY
        BEGIN TRANSACTION;
        SET @jobs = CONCAT(N'[{"job_type":', COALESCE(llm.fn_json_string(@job_type), N'null'),
            N',"subject":' + llm.fn_json_string(@subject), N',"priority":' + CONVERT(nvarchar(20), @priority),
            N',"dedupe_key":' + llm.fn_json_string(@dedupe_key),
            N',"correlation_id":"' + LOWER(CONVERT(nvarchar(36), @correlation_id)) + N'"',
            N',"source_page_id":' + CONVERT(nvarchar(20), @source_page_id),
            N',"dag_node_id":' + CONVERT(nvarchar(20), @dag_node_id), N',"input":' + @input,
            N',"available_at":"' + CONVERT(nvarchar(23), @available_at, 126) + N'Z"',
            N',"max_attempts":' + CONVERT(nvarchar(20), @max_attempts), N',"rerun":' + CONVERT(nvarchar(20), @rerun), N'}]');
        EXEC llm.usp_enqueue_jobs @jobs = @jobs, @now = @now, @into_caller = 1;
        SELECT @job_id = e.job_id, @status = e.status, @created = e.created, @hint = e.hint FROM #enqueue_jobs AS e;
        COMMIT TRANSACTION;
        IF @into_caller = 0 SELECT @job_id AS job_id, @status AS status, @created AS created, @hint AS hint;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
