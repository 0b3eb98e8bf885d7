-- Purpose:     remove a term of the business.
-- Parameters:  @datasource; @term, capitalised and spaced in any way; @by who says so, default the login; @now UTC.
-- Returns:     deleted: whether there was one.
-- Errors:      NOT_FOUND for a datasource without ontology.
-- Idempotency: yes. It is not suggested again: the change log remembers who removed it.
CREATE OR ALTER PROCEDURE onto.usp_delete_glossary_term
    @datasource nvarchar(4000), @term nvarchar(max), @by nvarchar(max) = NULL, @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @key nvarchar(4000) = onto.fn_term_key(@term),
        @ontology_id bigint, @before nvarchar(max), @changes nvarchar(max), @message nvarchar(2048);
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC onto.usp_hold_ontology @mode = N'Update', @datasource = @datasource, @ontology_id = @ontology_id OUTPUT;
        IF @ontology_id IS NULL
        BEGIN
            SET @message = CONCAT(N'NOT_FOUND: the datasource ', LEFT(@datasource, 500), N' has no ontology', NCHAR(10),
                N'HINT: sproute ontology extract makes it.');
            THROW 50012, @message, 1;
        END;
        SET @before = onto.fn_term_document(@ontology_id, @key);
        IF @before IS NOT NULL
        BEGIN
            DELETE a
            FROM onto.glossary_alias AS a
            JOIN onto.glossary_term AS g ON g.glossary_term_id = a.glossary_term_id
            WHERE g.ontology_id = @ontology_id AND g.term_key = @key;
            DELETE FROM onto.glossary_term WHERE ontology_id = @ontology_id AND term_key = @key;
            SET @changes = CONCAT(N'[{"target_kind":"term","target_key":', llm.fn_json_string(@key),
                N',"field":"exists","before":', @before, N',"after":null}]');
            EXEC onto.usp_log_changes @ontology_id = @ontology_id, @changes = @changes, @source = N'human', @run_id = NULL,
                @dag_id = NULL, @now = @at, @by = @by;
            EXEC onto.usp_raise_version @ontology_id = @ontology_id, @dag_id = NULL, @now = @at;
        END;
        COMMIT TRANSACTION;
        SELECT CONVERT(bit, IIF(@before IS NULL, 0, 1)) AS deleted;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
