-- Purpose:     route the words for one relationship: what it says, and the roles of both sides.
-- Parameters:  @job_id, @run_id; @payload {contract, version, subject: {ontology_id, subject_key: the relationship's key},
--              input_sha256, prompt_sha256, model, answer {description, from_role, to_role, confidence}}; @now UTC.
-- Returns:     the job's status and outcome: {status: routed}.
-- Errors:      LEASE_LOST, UNKNOWN_JOB, CONTRACT_MISMATCH, INVALID_PAYLOAD.
-- Idempotency: the same call again returns what it stored; a row that is right is not written.
CREATE OR ALTER PROCEDURE onto.usp_process_relationship_enrichment_output
    @job_id bigint, @run_id uniqueidentifier, @payload nvarchar(max), @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @state nvarchar(20), @status nvarchar(40), @outcome nvarchar(max),
        @ontology_id bigint, @subject_key nvarchar(4000), @job_type nvarchar(100), @dag_id bigint, @relationship_id bigint,
        @run nvarchar(max), @done nvarchar(max), @description nvarchar(max), @from_role nvarchar(max), @to_role nvarchar(max),
        @changes nvarchar(max), @message nvarchar(2048);
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC onto.usp_begin_routing @job_id = @job_id, @run_id = @run_id, @payload = @payload, @now = @at, @state = @state OUTPUT,
            @outcome = @outcome OUTPUT, @ontology_id = @ontology_id OUTPUT, @subject_key = @subject_key OUTPUT,
            @job_type = @job_type OUTPUT, @dag_id = @dag_id OUTPUT, @relationship_id = @relationship_id OUTPUT;
        IF @state = N'held'
        BEGIN
            SELECT @description = a.description, @from_role = a.from_role, @to_role = a.to_role
            FROM OPENJSON(@payload) WITH (
                description nvarchar(max) '$.answer.description', from_role nvarchar(max) '$.answer.from_role',
                to_role nvarchar(max) '$.answer.to_role') AS a;
            IF @relationship_id IS NULL OR COALESCE(@description, N'') COLLATE Latin1_General_100_BIN2 = N''
            BEGIN
                SET @message = CONCAT(N'INVALID_PAYLOAD: the answer does not describe ', LEFT(@subject_key, 1800));
                THROW 50004, @message, 1;
            END;
            EXEC onto.usp_keep_answer @ontology_id = @ontology_id, @job_type = @job_type, @subject_key = @subject_key,
                @payload = @payload, @run_id = @run_id, @now = @at;
            SELECT @changes = CONCAT(N'[', STRING_AGG(CONCAT(N'{"target_kind":"relationship","target_key":',
                llm.fn_json_string(@subject_key), N',"field":"', v.field,
                N'","before":', COALESCE(llm.fn_json_string(v.before), N'null'),
                N',"after":', COALESCE(llm.fn_json_string(v.after), N'null'), N'}'), N','), N']')
            FROM onto.relationship AS r
            CROSS APPLY (VALUES
                (N'description', r.description, @description), (N'from_role', r.from_role, @from_role), (N'to_role', r.to_role, @to_role)
            ) AS v (field, before, after)
            WHERE r.relationship_id = @relationship_id;
            UPDATE r
            SET description = @description, from_role = @from_role, to_role = @to_role, run_id = @run_id, updated_at = @at
            FROM onto.relationship AS r
            WHERE r.relationship_id = @relationship_id
              AND NOT EXISTS (
                  SELECT r.description, r.from_role, r.to_role
                  INTERSECT
                  SELECT @description, @from_role, @to_role);
            EXEC onto.usp_log_changes @ontology_id = @ontology_id, @changes = @changes, @source = N'inferred', @run_id = @run_id,
                @dag_id = @dag_id, @now = @at;
            SET @done = N'{"status":"routed"}';
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
