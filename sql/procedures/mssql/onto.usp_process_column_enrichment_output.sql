-- Purpose:     route what was said of the columns of a table.
-- Parameters:  @job_id, @run_id; @payload {contract, version, subject: {ontology_id, subject_key: the table's key},
--              input_sha256, prompt_sha256, model, answer: {columns: [{name: the column_key, description, semantic_type, role,
--              synonyms, enum_values: [{value, label, category?, description?}], fk_role}]}}; @now UTC.
-- Returns:     the job's status and outcome: {status: routed, columns: how many were answered, changed: how many of them say
--              something else now}.
-- Errors:      LEASE_LOST, UNKNOWN_JOB, CONTRACT_MISMATCH, INVALID_PAYLOAD.
-- Idempotency: the same call again returns what it stored. Edits are apart from it and stay.
CREATE OR ALTER PROCEDURE onto.usp_process_column_enrichment_output
    @job_id bigint, @run_id uniqueidentifier, @payload nvarchar(max), @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @state nvarchar(20), @status nvarchar(40), @outcome nvarchar(max),
        @ontology_id bigint, @subject_key nvarchar(4000), @job_type nvarchar(100), @dag_id bigint, @schema_table_id bigint,
        @schema_column_id bigint, @run nvarchar(max), @done nvarchar(max), @kind int, @columns int, @faults int, @names int,
        @table_keys nvarchar(max), @changed bigint, @message nvarchar(2048);
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC onto.usp_begin_routing @job_id = @job_id, @run_id = @run_id, @payload = @payload, @now = @at, @state = @state OUTPUT,
            @outcome = @outcome OUTPUT, @ontology_id = @ontology_id OUTPUT, @subject_key = @subject_key OUTPUT,
            @job_type = @job_type OUTPUT, @dag_id = @dag_id OUTPUT, @schema_table_id = @schema_table_id OUTPUT,
            @schema_column_id = @schema_column_id OUTPUT;
        IF @state = N'held'
        BEGIN
            SELECT @kind = a.[type] FROM OPENJSON(@payload, '$.answer') AS a WHERE a.[key] = N'columns';
            SELECT @columns = COUNT(*), @names = COUNT(DISTINCT x.name),
                @faults = SUM(CASE WHEN c.[type] = 5 AND x.name IS NOT NULL AND x.wrong = 0 THEN 0 ELSE 1 END)
            FROM OPENJSON(@payload, '$.answer.columns') AS c
            OUTER APPLY (
                SELECT MAX(CASE WHEN f.[key] = N'name' AND f.[type] = 1 THEN f.[value] END) COLLATE Latin1_General_100_BIN2 AS name,
                    SUM(CASE WHEN f.[key] IN (N'synonyms', N'enum_values') AND f.[type] NOT IN (0, 4) THEN 1 ELSE 0 END) AS wrong
                FROM OPENJSON(CASE WHEN c.[type] = 5 THEN c.[value] END) AS f
            ) AS x;
            IF COALESCE(@kind, 0) <> 4 OR @schema_table_id IS NULL OR @schema_column_id IS NOT NULL OR @faults > 0
            BEGIN
                SET @message = CONCAT(N'INVALID_PAYLOAD: the answer does not describe columns of the table ', LEFT(@subject_key, 600));
                THROW 50004, @message, 1;
            END;
            IF @names < @columns
            BEGIN
                SET @message = CONCAT(N'INVALID_PAYLOAD: the answer describes a column of the table ', LEFT(@subject_key, 600), N' twice');
                THROW 50004, @message, 1;
            END;

            EXEC onto.usp_keep_answer @ontology_id = @ontology_id, @job_type = @job_type, @subject_key = @subject_key,
                @payload = @payload, @run_id = @run_id, @now = @at;
            SET @table_keys = CONCAT(N'[', llm.fn_json_string(@subject_key), N']');
            EXEC onto.usp_write_column_enrichment @ontology_id = @ontology_id, @table_keys = @table_keys, @run_id = @run_id,
                @dag_id = @dag_id, @now = @at, @result = @changed OUTPUT;
            SET @done = CONCAT(N'{"status":"routed","columns":', @columns, N',"changed":', @changed, N'}');
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
