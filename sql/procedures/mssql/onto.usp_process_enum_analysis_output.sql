-- Purpose:     route what the values of a column mean.
-- Parameters:  @job_id, @run_id; @payload {contract, version, subject: {ontology_id, subject_key: the column's key},
--              input_sha256, prompt_sha256, model, answer: a document of enum_analysis}; @now UTC.
-- Returns:     the job's status and outcome: {status: routed, changed, values}.
-- Errors:      LEASE_LOST, UNKNOWN_JOB, CONTRACT_MISMATCH, INVALID_PAYLOAD.
-- Idempotency: the same call again returns what it stored; a row that is right is not written.
-- Of a column that became sensitive meanwhile no value is kept.
CREATE OR ALTER PROCEDURE onto.usp_process_enum_analysis_output
    @job_id bigint, @run_id uniqueidentifier, @payload nvarchar(max), @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @state nvarchar(20), @status nvarchar(40), @outcome nvarchar(max),
        @ontology_id bigint, @subject_key nvarchar(4000), @job_type nvarchar(100), @dag_id bigint, @schema_column_id bigint,
        @run nvarchar(max), @done nvarchar(max), @model nvarchar(200), @feature nvarchar(max), @faults int, @values int,
        @is_changed bit, @message nvarchar(2048);
    DECLARE @answer TABLE (
        name   nvarchar(4000) COLLATE Latin1_General_100_BIN2 NOT NULL,
        kind   int            NOT NULL,
        value  nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL
    );
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC onto.usp_begin_routing @job_id = @job_id, @run_id = @run_id, @payload = @payload, @now = @at, @state = @state OUTPUT,
            @outcome = @outcome OUTPUT, @ontology_id = @ontology_id OUTPUT, @subject_key = @subject_key OUTPUT,
            @job_type = @job_type OUTPUT, @dag_id = @dag_id OUTPUT, @schema_column_id = @schema_column_id OUTPUT;
        IF @state = N'held'
        BEGIN
            INSERT INTO @answer (name, kind, value)
            SELECT a.[key], a.[type], COALESCE(IIF(a.[type] = 1, llm.fn_json_string(a.[value]), a.[value]), N'null')
            FROM OPENJSON(@payload, '$.answer') AS a;
            SELECT @faults = COUNT(*)
            FROM (VALUES (N'values', 4), (N'is_state_machine', 3)) AS w (name, kind)
            WHERE NOT EXISTS (SELECT 1 FROM @answer AS a WHERE a.name = w.name COLLATE Latin1_General_100_BIN2 AND a.kind = w.kind);
            IF @schema_column_id IS NULL OR @faults > 0
            BEGIN
                SET @message = CONCAT(N'INVALID_PAYLOAD: the answer says nothing of the values of the column ', LEFT(@subject_key, 600));
                THROW 50004, @message, 1;
            END;
            IF EXISTS (SELECT 1 FROM onto.vw_column AS c WHERE c.schema_column_id = @schema_column_id AND c.is_sensitive = 1)
                SET @done = N'{"status":"superseded"}';
            ELSE
            BEGIN
                EXEC onto.usp_keep_answer @ontology_id = @ontology_id, @job_type = @job_type, @subject_key = @subject_key,
                    @payload = @payload, @run_id = @run_id, @now = @at;
                SET @model = (SELECT p.model FROM OPENJSON(@payload) WITH (model nvarchar(200) '$.model') AS p);
                SELECT @values = COUNT(*) FROM OPENJSON(@payload, '$.answer.values');
                SELECT @feature = CONCAT(
                    N'{"enum_values":', MAX(CASE WHEN a.name = N'values' THEN a.value END),
                    N',"description":', COALESCE(MAX(CASE WHEN a.name = N'description' THEN a.value END), N'null'),
                    N',"details":{"is_state_machine":', MAX(CASE WHEN a.name = N'is_state_machine' THEN a.value END),
                    N',"state_description":', COALESCE(MAX(CASE WHEN a.name = N'state_description' THEN a.value END), N'null'), N'}}')
                FROM @answer AS a;
                EXEC onto.usp_put_column_feature @ontology_id = @ontology_id, @schema_column_id = @schema_column_id,
                    @subject_key = @subject_key, @feature = @feature, @model = @model, @run_id = @run_id, @dag_id = @dag_id, @now = @at,
                    @result = @is_changed OUTPUT;
                SET @done = CONCAT(N'{"status":"routed","changed":', IIF(@is_changed = 1, N'true', N'false'), N',"values":', @values, N'}');
            END;
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
