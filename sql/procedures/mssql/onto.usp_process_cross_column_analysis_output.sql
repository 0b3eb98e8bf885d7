-- Purpose:     route which columns of a table are amounts of which currency, and which mark deleted rows.
-- Parameters:  @job_id, @run_id; @payload {contract, version, subject: {ontology_id, subject_key: the table's key},
--              input_sha256, prompt_sha256, model, answer, features: [{column_key, feature as in
--              onto.usp_put_column_feature}], one for each column that was asked about}; @now UTC.
-- Returns:     the job's status and outcome: {status: routed, changed: how many columns}.
-- Errors:      LEASE_LOST, UNKNOWN_JOB, CONTRACT_MISMATCH, INVALID_PAYLOAD.
-- Idempotency: the same call again returns what it stored; rows that are right are not written.
-- A column that is gone meanwhile is passed over.
CREATE OR ALTER PROCEDURE onto.usp_process_cross_column_analysis_output
    @job_id bigint, @run_id uniqueidentifier, @payload nvarchar(max), @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @state nvarchar(20), @status nvarchar(40), @outcome nvarchar(max),
        @ontology_id bigint, @subject_key nvarchar(4000), @job_type nvarchar(100), @dag_id bigint, @schema_table_id bigint,
        @schema_column_id bigint, @run nvarchar(max), @done nvarchar(max), @kind int, @model nvarchar(200), @place bigint = 0,
        @column_id bigint, @column_subject nvarchar(4000), @feature nvarchar(max), @is_changed bit, @changed int = 0,
        @message nvarchar(2048);
    DECLARE @given TABLE (
        schema_column_id  bigint         NOT NULL PRIMARY KEY,
        subject_key       nvarchar(4000) COLLATE Latin1_General_100_BIN2 NOT NULL,
        feature           nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL
    );
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC onto.usp_begin_routing @job_id = @job_id, @run_id = @run_id, @payload = @payload, @now = @at, @state = @state OUTPUT,
            @outcome = @outcome OUTPUT, @ontology_id = @ontology_id OUTPUT, @subject_key = @subject_key OUTPUT,
            @job_type = @job_type OUTPUT, @dag_id = @dag_id OUTPUT, @schema_table_id = @schema_table_id OUTPUT,
            @schema_column_id = @schema_column_id OUTPUT;
        IF @state = N'held'
        BEGIN
            SELECT @kind = p.[type] FROM OPENJSON(@payload) AS p WHERE p.[key] = N'features';
            SET @model = (SELECT p.model FROM OPENJSON(@payload) WITH (model nvarchar(200) '$.model') AS p);
            IF @schema_table_id IS NULL OR @schema_column_id IS NOT NULL OR COALESCE(@kind, 0) <> 4
            BEGIN
                SET @message = CONCAT(N'INVALID_PAYLOAD: the payload has no features of the table ', LEFT(@subject_key, 600));
                THROW 50004, @message, 1;
            END;
            EXEC onto.usp_keep_answer @ontology_id = @ontology_id, @job_type = @job_type, @subject_key = @subject_key,
                @payload = @payload, @run_id = @run_id, @now = @at;

            INSERT INTO @given (schema_column_id, subject_key, feature)
            SELECT c.schema_column_id, CONCAT(@subject_key, N'.', c.column_key), f.document
            FROM OPENJSON(@payload, '$.features') AS d
            CROSS APPLY OPENJSON(CASE WHEN d.[type] = 5 THEN d.[value] END) WITH (column_key nvarchar(300) '$.column_key') AS g
            CROSS APPLY (SELECT JSON_QUERY(CASE WHEN d.[type] = 5 THEN d.[value] END, N'$.feature') AS document) AS f
            JOIN onto.schema_column AS c
                ON c.schema_table_id = @schema_table_id AND c.column_key = g.column_key COLLATE Latin1_General_100_BIN2
            WHERE c.dropped_at IS NULL AND LEFT(TRIM(NCHAR(9) + NCHAR(10) + NCHAR(13) + N' ' FROM f.document), 1) = N'{';
            -- One after the other, in the order of their numbers: each is a step with its own changes.
            WHILE 1 = 1
            BEGIN
                SELECT TOP (1) @column_id = g.schema_column_id, @column_subject = g.subject_key, @feature = g.feature
                FROM @given AS g
                WHERE g.schema_column_id > @place
                ORDER BY g.schema_column_id;
                IF @@ROWCOUNT = 0 BREAK;
                EXEC onto.usp_put_column_feature @ontology_id = @ontology_id, @schema_column_id = @column_id,
                    @subject_key = @column_subject, @feature = @feature, @model = @model, @run_id = @run_id, @dag_id = @dag_id, @now = @at,
                    @result = @is_changed OUTPUT;
                SET @place = @column_id;
                SET @changed += @is_changed;
            END;
            SET @done = CONCAT(N'{"status":"routed","changed":', @changed, N'}');
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
