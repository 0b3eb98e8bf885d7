-- Purpose:     route what a database as a whole is about.
-- Parameters:  @job_id, @run_id; @payload {contract, version, subject: {ontology_id, subject_key: 'ontology'}, input_sha256,
--              prompt_sha256, model, answer: {description, confidence}}; @now UTC.
-- Returns:     the job's status and outcome: {status: routed, changed: whether it says something else now}.
-- Errors:      LEASE_LOST, UNKNOWN_JOB, CONTRACT_MISMATCH, INVALID_PAYLOAD.
-- Idempotency: the same call again returns what it stored. Edits are apart from it and stay.
CREATE OR ALTER PROCEDURE onto.usp_process_ontology_finalization_output
    @job_id bigint, @run_id uniqueidentifier, @payload nvarchar(max), @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @state nvarchar(20), @status nvarchar(40), @outcome nvarchar(max),
        @ontology_id bigint, @subject_key nvarchar(4000), @job_type nvarchar(100), @dag_id bigint, @run nvarchar(max),
        @done nvarchar(max), @text nvarchar(max), @before nvarchar(max), @changes nvarchar(max), @count bigint;
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC onto.usp_begin_routing @job_id = @job_id, @run_id = @run_id, @payload = @payload, @now = @at, @state = @state OUTPUT,
            @outcome = @outcome OUTPUT, @ontology_id = @ontology_id OUTPUT, @subject_key = @subject_key OUTPUT,
            @job_type = @job_type OUTPUT, @dag_id = @dag_id OUTPUT;
        IF @state = N'held'
        BEGIN
            SET @text = (
                SELECT TRIM(a.description) FROM OPENJSON(@payload) WITH (description nvarchar(max) '$.answer.description') AS a);
            IF COALESCE(@text, N'') COLLATE Latin1_General_100_BIN2 = N'' OR @subject_key <> N'ontology'
                THROW 50004, N'INVALID_PAYLOAD: the answer does not say what the database is about', 1;
            EXEC onto.usp_keep_answer @ontology_id = @ontology_id, @job_type = @job_type, @subject_key = @subject_key,
                @payload = @payload, @run_id = @run_id, @now = @at;

            SELECT @before = o.description FROM onto.ontology AS o WHERE o.ontology_id = @ontology_id;
            UPDATE onto.ontology
            SET description = @text, updated_at = @at
            WHERE ontology_id = @ontology_id AND (description IS NULL OR description <> @text);
            SET @changes = CONCAT(N'[{"target_kind":"ontology","target_key":"ontology","field":"description","before":',
                COALESCE(llm.fn_json_string(@before), N'null'), N',"after":', llm.fn_json_string(@text), N'}]');
            EXEC onto.usp_log_changes @ontology_id = @ontology_id, @changes = @changes, @source = N'inferred', @run_id = @run_id,
                @dag_id = @dag_id, @now = @at, @result = @count OUTPUT;
            SET @done = CONCAT(N'{"status":"routed","changed":', IIF(@count > 0, N'true', N'false'), N'}');
            SET @run = (
                SELECT p.prompt_sha256, p.model
                FROM OPENJSON(@payload) WITH (prompt_sha256 nvarchar(64) '$.prompt_sha256', model nvarchar(200) '$.model') AS p
                FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
            EXEC llm.usp_complete_job @job_id = @job_id, @run_id = @run_id, @outcome = @done, @run = @run, @now = @at,
                @into_caller = 1, @status = @status OUTPUT, @result_outcome = @outcome OUTPUT;
        END;
        ELSE
            SET @status = IIF(JSON_VALUE(@outcome, N'$.status') = N'CANCELLED', N'CANCELLED', N'SUCCEEDED');
        COMMIT TRANSACTION;
        SELECT @status AS status, @outcome AS outcome;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
