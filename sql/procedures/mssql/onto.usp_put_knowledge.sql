-- Purpose:     keep what a person says about the business; it goes into the prompts.
-- Parameters:  @datasource; @fact 1 to 2000 characters; @about the key of a table or of a column, empty: everything; @by who
--              says so, default the login; @is_import logs it as an import; @now UTC.
-- Returns:     knowledge_id, created: whether it was not there yet.
-- Errors:      NOT_FOUND for a datasource without ontology or a key that is not there, INVALID_PAYLOAD.
-- Idempotency: the same fact about the same thing is kept once.
CREATE OR ALTER PROCEDURE onto.usp_put_knowledge
    @datasource nvarchar(4000), @fact nvarchar(max), @about nvarchar(4000) = N'', @by nvarchar(max) = NULL, @is_import bit = 0,
    @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()),
        @who nvarchar(max) = COALESCE(NULLIF(TRIM(@by) COLLATE Latin1_General_100_BIN2, N''), ORIGINAL_LOGIN()),
        @key nvarchar(4000) = COALESCE(@about, N''), @text nvarchar(max) = TRIM(@fact),
        @ontology_id bigint, @knowledge_id bigint, @created bit = 0, @changes nvarchar(max), @source nvarchar(40),
        @message nvarchar(2048);
    DECLARE @made TABLE (knowledge_id bigint NOT NULL);
    BEGIN TRY
        BEGIN TRANSACTION;
        IF COALESCE(@text, N'') COLLATE Latin1_General_100_BIN2 = N'' OR LEN(@text) > 2000
            THROW 50004, N'INVALID_PAYLOAD: a fact has 1 to 2000 characters', 1;
        EXEC onto.usp_hold_ontology @mode = N'Update', @datasource = @datasource, @ontology_id = @ontology_id OUTPUT;
        IF @ontology_id IS NULL
        BEGIN
            SET @message = CONCAT(N'NOT_FOUND: the datasource ', LEFT(@datasource, 500), N' has no ontology', NCHAR(10),
                N'HINT: sproute ontology extract makes it.');
            THROW 50012, @message, 1;
        END;
        IF @key COLLATE Latin1_General_100_BIN2 <> N''
            AND NOT EXISTS (
                SELECT 1 FROM onto.schema_table AS t
                WHERE t.ontology_id = @ontology_id AND t.table_key = @key AND t.dropped_at IS NULL)
            AND NOT EXISTS (
                SELECT 1
                FROM onto.schema_table AS t
                JOIN onto.schema_column AS c ON c.schema_table_id = t.schema_table_id
                WHERE t.ontology_id = @ontology_id AND t.dropped_at IS NULL AND c.dropped_at IS NULL
                  AND CHARINDEX(t.table_key, @key) = 1 AND CONCAT(t.table_key, N'.', c.column_key) = @key)
        BEGIN
            SET @message = CONCAT(N'NOT_FOUND: the ontology of ', @datasource, N' has no table or column ', LEFT(@key, 1500),
                NCHAR(10), N'HINT: Keys look like public.orders or public.orders.status; without one a fact is about everything.');
            THROW 50012, @message, 1;
        END;
        SELECT @knowledge_id = MIN(k.knowledge_id)
        FROM onto.knowledge AS k
        WHERE k.ontology_id = @ontology_id AND k.about_sha256 = CONVERT(binary(32), HASHBYTES('SHA2_256', @key)) AND k.fact = @text;
        IF @knowledge_id IS NULL
        BEGIN
            INSERT INTO onto.knowledge (ontology_id, about, fact, created_by, created_at)
            OUTPUT inserted.knowledge_id INTO @made (knowledge_id)
            VALUES (@ontology_id, @key, @text, @who, @at);
            SELECT @knowledge_id = m.knowledge_id, @created = 1 FROM @made AS m;
            SET @changes = CONCAT(N'[{"target_kind":"knowledge","target_key":', llm.fn_json_string(@key),
                N',"field":"fact","before":null,"after":', llm.fn_json_string(@text), N'}]');
            SET @source = CASE @is_import WHEN 1 THEN N'import' ELSE N'human' END;
            EXEC onto.usp_log_changes @ontology_id = @ontology_id, @changes = @changes, @source = @source, @run_id = NULL,
                @dag_id = NULL, @now = @at, @by = @by;
            EXEC onto.usp_raise_version @ontology_id = @ontology_id, @dag_id = NULL, @now = @at;
        END;
        COMMIT TRANSACTION;
        SELECT @knowledge_id AS knowledge_id, @created AS created;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
