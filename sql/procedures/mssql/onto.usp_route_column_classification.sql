-- Purpose:     route what a model said of a column on one of the nine paths; internal, the body of nine routing procedures.
-- Parameters:  @job_id, @run_id; @payload {contract, version, subject: {ontology_id, subject_key: the column's key},
--              input_sha256, prompt_sha256, model, answer, feature: {classification_path, purpose, semantic_type, role,
--              description, confidence, details, needs_enum_analysis, needs_fk_resolution, needs_cross_column_check}}; @now UTC.
-- Returns:     the job's status and outcome: {status: routed, changed}.
-- Errors:      LEASE_LOST, UNKNOWN_JOB, CONTRACT_MISMATCH, INVALID_PAYLOAD.
-- Idempotency: the same call again returns what it stored; a row that is right is not written.
-- What later steps said stays as long as the path does: the labels of values, what the table as a whole said of it. On another
-- path it is void, and so are the answers that were given on the path before.
CREATE OR ALTER PROCEDURE onto.usp_route_column_classification
    @job_id bigint, @run_id uniqueidentifier, @payload nvarchar(max), @now datetime2(3),
    @status nvarchar(40) = NULL OUTPUT, @outcome nvarchar(max) = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @state nvarchar(20), @ontology_id bigint, @subject_key nvarchar(4000),
        @job_type nvarchar(100), @dag_id bigint, @schema_table_id bigint, @schema_column_id bigint, @run nvarchar(max),
        @done nvarchar(max), @model nvarchar(200), @feature nvarchar(max), @path nvarchar(max), @details nvarchar(max),
        @description nvarchar(max), @purpose nvarchar(max), @needs_enum nvarchar(10), @needs_fk nvarchar(10), @needs_check nvarchar(10),
        @old_path nvarchar(40), @old_details nvarchar(max), @old_enum bit, @old_purpose nvarchar(100), @old_role nvarchar(4000),
        @old_semantic_type nvarchar(4000), @was_checked bit = 0, @hash binary(32), @said nvarchar(max), @is_changed bit,
        @message nvarchar(2048);
    -- Entries of the details, null for one that is to go.
    DECLARE @detail TABLE (
        name      nvarchar(400) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY,
        document  nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL
    );
    EXEC onto.usp_begin_routing @job_id = @job_id, @run_id = @run_id, @payload = @payload, @now = @at, @state = @state OUTPUT,
        @outcome = @outcome OUTPUT, @ontology_id = @ontology_id OUTPUT, @subject_key = @subject_key OUTPUT,
        @job_type = @job_type OUTPUT, @dag_id = @dag_id OUTPUT, @schema_table_id = @schema_table_id OUTPUT,
        @schema_column_id = @schema_column_id OUTPUT;
    IF @state = N'done'
    BEGIN
        SET @status = IIF(JSON_VALUE(@outcome, N'$.status') = N'CANCELLED', N'CANCELLED', N'SUCCEEDED');
        RETURN;
    END;
    SELECT @feature = JSON_QUERY(@payload, N'$.feature'), @details = JSON_QUERY(@payload, N'$.feature.details');
    SELECT @path = p.path, @description = p.description, @purpose = p.purpose,
        @needs_enum = p.needs_enum, @needs_fk = p.needs_fk, @needs_check = p.needs_check, @model = p.model,
        @run = (SELECT p.prompt_sha256, p.model FOR JSON PATH, WITHOUT_ARRAY_WRAPPER)
    FROM OPENJSON(@payload) WITH (
        path nvarchar(max) '$.feature.classification_path',
        description nvarchar(max) '$.feature.description',
        purpose nvarchar(max) '$.feature.purpose', needs_enum nvarchar(10) '$.feature.needs_enum_analysis',
        needs_fk nvarchar(10) '$.feature.needs_fk_resolution', needs_check nvarchar(10) '$.feature.needs_cross_column_check',
        model nvarchar(200) '$.model', prompt_sha256 nvarchar(64) '$.prompt_sha256') AS p;
    IF @schema_column_id IS NULL OR @path IS NULL OR CONCAT(@path, N'_classification') <> @job_type COLLATE Latin1_General_100_BIN2
        OR COALESCE(LEFT(TRIM(NCHAR(9) + NCHAR(10) + NCHAR(13) + N' ' FROM @details), 1), N'') <> N'{' OR @description IS NULL OR @purpose IS NULL
    BEGIN
        SET @message = CONCAT(N'INVALID_PAYLOAD: the payload has no feature of the column ', LEFT(@subject_key, 600), N' on the path of ',
            @job_type);
        THROW 50004, @message, 1;
    END;
    SET @hash = CONVERT(binary(32), HASHBYTES('SHA2_256', @subject_key));
    EXEC onto.usp_keep_answer @ontology_id = @ontology_id, @job_type = @job_type, @subject_key = @subject_key,
        @payload = @payload, @run_id = @run_id, @now = @at;
    -- Here and below each answer by its whole key, in this order: those of other columns are not waited for.
    DELETE a
    FROM (VALUES (N'timestamp_classification'), (N'boolean_classification'), (N'enum_classification'), (N'uuid_classification'),
        (N'external_id_classification'), (N'numeric_classification'), (N'text_classification'), (N'json_classification'),
        (N'unknown_classification')) AS p (job_type)
    JOIN onto.answer AS a
        ON a.ontology_id = @ontology_id AND a.job_type = p.job_type COLLATE Latin1_General_100_BIN2 AND a.subject_key_sha256 = @hash
    WHERE a.job_type <> @job_type
    OPTION (LOOP JOIN, FORCE ORDER);

    SELECT @old_path = f.classification_path, @old_details = f.details, @old_enum = f.needs_enum_analysis, @old_purpose = f.purpose,
        @old_role = f.role, @old_semantic_type = f.semantic_type
    FROM onto.column_feature AS f
    WHERE f.schema_column_id = @schema_column_id;
    IF EXISTS (SELECT 1 FROM OPENJSON(@old_details) AS d WHERE d.[key] IN (N'soft_delete', N'monetary')) SET @was_checked = 1;
    INSERT INTO @detail (name, document)
    SELECT d.[key], IIF(d.[type] = 1, llm.fn_json_string(d.[value]), d.[value]) FROM OPENJSON(@details) AS d;
    IF @old_path IS NULL OR @old_path COLLATE Latin1_General_100_BIN2 <> @path
    BEGIN
        -- Nothing of the path before stays.
        INSERT INTO @detail (name, document)
        SELECT o.[key], NULL
        FROM OPENJSON(@old_details) AS o
        WHERE NOT EXISTS (SELECT 1 FROM @detail AS d WHERE d.name = o.[key] COLLATE Latin1_General_100_BIN2);
        SET @feature = JSON_MODIFY(@feature, '$.enum_values', JSON_QUERY(N'[]'));
        DELETE FROM onto.answer
        WHERE ontology_id = @ontology_id AND subject_key_sha256 = @hash AND job_type = N'enum_analysis';
        DELETE FROM onto.answer
        WHERE ontology_id = @ontology_id AND subject_key_sha256 = @hash AND job_type = N'fk_resolution';
    END;
    ELSE
    BEGIN
        IF COALESCE(@needs_fk, N'') <> N'true'
            DELETE FROM onto.answer
            WHERE ontology_id = @ontology_id AND subject_key_sha256 = @hash AND job_type = N'fk_resolution';
        IF COALESCE(@needs_enum, N'') <> N'true' AND @old_enum = 1
        BEGIN
            SET @feature = JSON_MODIFY(@feature, '$.enum_values', JSON_QUERY(N'[]'));
            DELETE FROM @detail WHERE name IN (N'is_state_machine', N'state_description');
            INSERT INTO @detail (name, document) VALUES (N'is_state_machine', NULL), (N'state_description', NULL);
            DELETE FROM onto.answer
            WHERE ontology_id = @ontology_id AND subject_key_sha256 = @hash AND job_type = N'enum_analysis';
        END;
        -- Who looked closer says it better.
        SELECT @said = w.description
        FROM onto.answer AS a
        CROSS APPLY OPENJSON(a.answer) WITH (description nvarchar(max) '$.description') AS w
        WHERE a.ontology_id = @ontology_id AND a.subject_key_sha256 = @hash AND a.job_type = N'enum_analysis';
        IF @said IS NOT NULL SET @feature = JSON_MODIFY(@feature, '$.description', @said);
        IF COALESCE(@needs_check, N'') <> N'true'
        BEGIN
            DELETE FROM @detail WHERE name IN (N'soft_delete', N'monetary');
            INSERT INTO @detail (name, document) VALUES (N'soft_delete', NULL), (N'monetary', NULL);
        END;
        ELSE IF @was_checked = 1
        BEGIN
            -- What is null is taken away, and what is not named stays, which is null.
            SET @feature = JSON_MODIFY(JSON_MODIFY(JSON_MODIFY(@feature, '$.purpose', @old_purpose), '$.role', @old_role),
                '$.semantic_type', @old_semantic_type);
            DELETE FROM @detail
            WHERE name IN (N'is_soft_delete', N'timestamp_purpose')
              AND EXISTS (SELECT 1 FROM OPENJSON(@old_details) AS o WHERE o.[key] COLLATE Latin1_General_100_BIN2 = name);
            INSERT INTO @detail (name, document)
            SELECT o.[key], IIF(o.[type] = 1, llm.fn_json_string(o.[value]), o.[value])
            FROM OPENJSON(@old_details) AS o
            WHERE o.[key] IN (N'is_soft_delete', N'timestamp_purpose');
        END;
    END;
    -- What its table said of it is asked again if the column is looked at once more beside its neighbours.
    IF @was_checked = 1 AND (@old_path COLLATE Latin1_General_100_BIN2 <> @path OR COALESCE(@needs_check, N'') <> N'true')
        DELETE a
        FROM onto.schema_table AS t
        JOIN onto.answer AS a
            ON a.ontology_id = @ontology_id AND a.job_type = N'cross_column_analysis'
                AND a.subject_key_sha256 = CONVERT(binary(32), HASHBYTES('SHA2_256', CONVERT(nvarchar(4000), t.table_key)))
        WHERE t.schema_table_id = @schema_table_id
        OPTION (LOOP JOIN, FORCE ORDER);
    SELECT @details = CONCAT(N'{', STRING_AGG(CONCAT(llm.fn_json_string(d.name), N':', COALESCE(d.document, N'null')), N','), N'}')
    FROM @detail AS d;
    SET @feature = JSON_MODIFY(@feature, '$.details', JSON_QUERY(@details));
    EXEC onto.usp_put_column_feature @ontology_id = @ontology_id, @schema_column_id = @schema_column_id, @subject_key = @subject_key,
        @feature = @feature, @model = @model, @run_id = @run_id, @dag_id = @dag_id, @now = @at, @result = @is_changed OUTPUT;
    SET @done = CONCAT(N'{"status":"routed","changed":', IIF(@is_changed = 1, N'true', N'false'), N'}');
    EXEC llm.usp_complete_job @job_id = @job_id, @run_id = @run_id, @outcome = @done, @run = @run, @now = @at,
        @into_caller = 1, @status = @status OUTPUT, @result_outcome = @outcome OUTPUT;
END;
