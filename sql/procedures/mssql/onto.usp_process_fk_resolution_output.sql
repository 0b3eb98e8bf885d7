-- Purpose:     route which key a column refers to, as a model sees it: a candidate that the data has yet to bear out.
-- Parameters:  @job_id, @run_id; @payload {contract, version, subject: {ontology_id, subject_key: the column's key},
--              input_sha256, prompt_sha256, model, answer {target, confidence, reasoning}, target: the key that was meant
--              {to_table, to_columns}, null for none}; @now UTC.
-- Returns:     the job's status and outcome: {status: routed, target: its table}.
-- Errors:      LEASE_LOST, UNKNOWN_JOB, CONTRACT_MISMATCH, INVALID_PAYLOAD.
-- Idempotency: the same call again returns what it stored.
-- The answer is kept with the target by name: RelationshipDiscovery looks its values up and writes the relationship.
CREATE OR ALTER PROCEDURE onto.usp_process_fk_resolution_output
    @job_id bigint, @run_id uniqueidentifier, @payload nvarchar(max), @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @state nvarchar(20), @status nvarchar(40), @outcome nvarchar(max),
        @ontology_id bigint, @subject_key nvarchar(4000), @job_type nvarchar(100), @schema_column_id bigint, @run nvarchar(max),
        @done nvarchar(max), @kind int, @target nvarchar(max), @target_kind int, @to_table nvarchar(4000),
        @to_columns nvarchar(max), @kept nvarchar(max), @message nvarchar(2048);
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC onto.usp_begin_routing @job_id = @job_id, @run_id = @run_id, @payload = @payload, @now = @at, @state = @state OUTPUT,
            @outcome = @outcome OUTPUT, @ontology_id = @ontology_id OUTPUT, @subject_key = @subject_key OUTPUT,
            @job_type = @job_type OUTPUT, @schema_column_id = @schema_column_id OUTPUT;
        IF @state = N'held'
        BEGIN
            SELECT @kind = a.[type] FROM OPENJSON(@payload, '$.answer') AS a WHERE a.[key] = N'target';
            SELECT @target = p.[value], @target_kind = p.[type] FROM OPENJSON(@payload) AS p WHERE p.[key] = N'target';
            SELECT @to_table = t.to_table, @to_columns = JSON_QUERY(@payload, N'$.target.to_columns')
            FROM OPENJSON(CASE WHEN @target_kind = 5 THEN @target END) WITH (to_table nvarchar(4000) '$.to_table') AS t;
            IF @schema_column_id IS NULL OR COALESCE(@kind, 0) <> 2
                OR (COALESCE(@target_kind, 0) <> 0 AND (@to_table IS NULL OR COALESCE(LEFT(TRIM(NCHAR(9) + NCHAR(10) + NCHAR(13) + N' ' FROM @to_columns), 1), N'') <> N'['))
            BEGIN
                SET @message = CONCAT(N'INVALID_PAYLOAD: the answer does not say what ', LEFT(@subject_key, 600), N' refers to');
                THROW 50004, @message, 1;
            END;
            -- A null that stays: JSON_MODIFY takes away what is set to null, unless it has to be there.
            SET @kept = JSON_MODIFY(@payload, '$.answer.resolved', 0);
            SET @kept = IIF(@to_table IS NULL, JSON_MODIFY(@kept, 'strict $.answer.resolved', NULL),
                JSON_MODIFY(@kept, '$.answer.resolved', JSON_QUERY(@target)));
            EXEC onto.usp_keep_answer @ontology_id = @ontology_id, @job_type = @job_type, @subject_key = @subject_key,
                @payload = @kept, @run_id = @run_id, @now = @at;
            SET @done = CONCAT(N'{"status":"routed"', N',"target":' + llm.fn_json_string(@to_table), N'}');
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
