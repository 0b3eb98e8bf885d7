-- Purpose:     take back what a person said about the business.
-- Parameters:  @datasource; @knowledge_id; @by who says so, default the login; @now UTC.
-- Returns:     deleted: whether there was one.
-- Errors:      NOT_FOUND for a datasource without ontology.
-- Idempotency: yes.
CREATE OR ALTER PROCEDURE onto.usp_delete_knowledge
    @datasource nvarchar(4000), @knowledge_id bigint, @by nvarchar(max) = NULL, @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @ontology_id bigint, @deleted bit, @changes nvarchar(max),
        @message nvarchar(2048);
    DECLARE @gone TABLE (
        about  nvarchar(4000) COLLATE Latin1_General_100_BIN2 NOT NULL,
        fact   nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL
    );
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC onto.usp_hold_ontology @mode = N'Update', @datasource = @datasource, @ontology_id = @ontology_id OUTPUT;
        IF @ontology_id IS NULL
        BEGIN
            SET @message = CONCAT(N'NOT_FOUND: the datasource ', LEFT(@datasource, 500), N' has no ontology', NCHAR(10),
                N'HINT: sproute ontology extract makes it.');
            THROW 50012, @message, 1;
        END;
        DELETE FROM onto.knowledge
        OUTPUT deleted.about, deleted.fact INTO @gone (about, fact)
        WHERE ontology_id = @ontology_id AND knowledge_id = @knowledge_id;
        SET @deleted = IIF(EXISTS (SELECT 1 FROM @gone AS g), 1, 0);
        IF @deleted = 1
        BEGIN
            SELECT @changes = CONCAT(N'[{"target_kind":"knowledge","target_key":', llm.fn_json_string(g.about),
                N',"field":"fact","before":', llm.fn_json_string(g.fact), N',"after":null}]')
            FROM @gone AS g;
            EXEC onto.usp_log_changes @ontology_id = @ontology_id, @changes = @changes, @source = N'human', @run_id = NULL,
                @dag_id = NULL, @now = @at, @by = @by;
            EXEC onto.usp_raise_version @ontology_id = @ontology_id, @dag_id = NULL, @now = @at;
        END;
        COMMIT TRANSACTION;
        SELECT @deleted AS deleted;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
