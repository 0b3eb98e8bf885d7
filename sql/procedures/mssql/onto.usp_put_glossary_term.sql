-- Purpose:     make a term of the business, or change one.
-- Parameters:  @datasource; @term, capitalised and spaced in any way; @document {term: another name, definition, sql_pattern,
--              sql_is_valid, sql_error, base_table, columns_used, filters: [{column, operator, values}], aggregation, aliases}: what
--              is not named stays, and null removes it; @is_new true: there has to be none yet, false: there has to be one, null:
--              either; @source user or learned; @by who says so, default the login; @is_import logs it as an import; @now UTC.
-- Returns:     glossary_term_id, created.
-- Errors:      NOT_FOUND for a datasource without ontology or a term that is not there, INVALID_STATE for one that is there or a
--              name that another has, INVALID_PAYLOAD.
-- Idempotency: the same again changes nothing. A term that somebody puts is theirs: suggestions do not overwrite it.
CREATE OR ALTER PROCEDURE onto.usp_put_glossary_term
    @datasource nvarchar(4000), @term nvarchar(max), @document nvarchar(max), @is_new bit = NULL,
    @source nvarchar(4000) = N'user', @by nvarchar(max) = NULL, @is_import bit = 0, @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()),
        @who nvarchar(max) = COALESCE(NULLIF(TRIM(@by) COLLATE Latin1_General_100_BIN2, N''), ORIGINAL_LOGIN()),
        @key nvarchar(4000) = onto.fn_term_key(@term), @fault nvarchar(max) = onto.fn_term_fault(@term, @document),
        @ontology_id bigint, @is_there bit, @written nvarchar(max), @change_source nvarchar(40), @term_id bigint,
        @message nvarchar(2048);
    BEGIN TRY
        BEGIN TRANSACTION;
        IF @fault IS NULL AND (@source IS NULL
            OR @source COLLATE Latin1_General_100_BIN2 NOT IN (N'user', N'learned', N'llm_suggested'))
            SET @fault = N'the source of a term is user or learned';
        IF @fault IS NOT NULL
        BEGIN
            SET @message = LEFT(CONCAT(N'INVALID_PAYLOAD: ', @fault), 2000);
            THROW 50004, @message, 1;
        END;
        -- Two that make the same term wait for each other.
        EXEC onto.usp_hold_ontology @mode = N'Update', @datasource = @datasource, @ontology_id = @ontology_id OUTPUT;
        IF @ontology_id IS NULL
        BEGIN
            SET @message = CONCAT(N'NOT_FOUND: the datasource ', LEFT(@datasource, 500), N' has no ontology', NCHAR(10),
                N'HINT: sproute ontology extract makes it.');
            THROW 50012, @message, 1;
        END;
        SET @is_there = IIF(EXISTS (
            SELECT 1 FROM onto.glossary_term AS g WHERE g.ontology_id = @ontology_id AND g.term_key = @key), 1, 0);
        IF @is_there = 1 AND @is_new = 1
        BEGIN
            SET @message = CONCAT(N'INVALID_STATE: there is a term ', onto.fn_term_name(@term), N' already', NCHAR(10),
                N'HINT: sproute ontology glossary edit changes it.');
            THROW 50010, @message, 1;
        END;
        IF @is_there = 0 AND @is_new = 0
        BEGIN
            SET @message = CONCAT(N'NOT_FOUND: there is no term ', @term, NCHAR(10), N'HINT: sproute ontology glossary ls lists them.');
            THROW 50012, @message, 1;
        END;
        IF @is_there = 0 AND NOT EXISTS (SELECT 1 FROM OPENJSON(@document) AS f WHERE f.[key] = N'definition')
            THROW 50004, N'INVALID_PAYLOAD: a new term has a definition', 1;
        -- What is new has a definition at least: there is a field to go before.
        SET @written = CASE
            WHEN @is_there = 1 OR EXISTS (SELECT 1 FROM OPENJSON(@document) AS f WHERE f.[key] = N'term') THEN @document
            ELSE STUFF(@document, 1, CHARINDEX(N'{', @document), CONCAT(N'{"term":', llm.fn_json_string(@term), N',')) END;
        SET @change_source = CASE WHEN @is_import = 1 THEN N'import' WHEN @source = N'user' THEN N'human' ELSE N'agent' END;
        EXEC onto.usp_write_glossary_term @ontology_id = @ontology_id, @term_key = @key, @document = @written, @source = @source,
            @by = @who, @change_source = @change_source, @run_id = NULL, @dag_id = NULL, @now = @at, @result = @term_id OUTPUT;
        COMMIT TRANSACTION;
        SELECT @term_id AS glossary_term_id, CONVERT(bit, 1 - @is_there) AS created;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
