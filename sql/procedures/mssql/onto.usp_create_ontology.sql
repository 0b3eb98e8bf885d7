-- Purpose:     the ontology of a datasource, made if there is none.
-- Parameters:  @datasource; @now UTC; @into_caller 1: no result set, the row goes to @ontology_id and @created.
-- Returns:     ontology_id, created.
-- Errors:      NOT_FOUND.
-- Idempotency: yes, also when raced.
CREATE OR ALTER PROCEDURE onto.usp_create_ontology
    @datasource nvarchar(4000), @now datetime2(3) = NULL, @into_caller bit = 0, @ontology_id bigint = NULL OUTPUT,
    @created bit = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @resource nvarchar(255), @message nvarchar(2048);
    DECLARE @made TABLE (ontology_id bigint NOT NULL);
    BEGIN TRY
        BEGIN TRANSACTION;
        SELECT @ontology_id = NULL, @created = 0;
        SET @message = CONCAT(N'NOT_FOUND: no datasource is called ', LEFT(@datasource, 400), NCHAR(10),
            N'HINT: onto.usp_list_datasources lists them, onto.usp_put_datasource makes one.');
        IF NOT EXISTS (SELECT 1 FROM onto.datasource AS d WHERE d.name = @datasource)
            THROW 50012, @message, 1;
        SELECT @ontology_id = o.ontology_id FROM onto.ontology AS o WHERE o.datasource = @datasource;
        IF @ontology_id IS NULL
        BEGIN
            -- Who makes it first is waited for.
            SET @resource = CONCAT(N'sproute.datasource:', @datasource);
            EXEC llm.usp_take_lock @resource = @resource, @mode = N'Exclusive';
            SELECT @ontology_id = o.ontology_id FROM onto.ontology AS o WHERE o.datasource = @datasource;
        END;
        IF @ontology_id IS NULL
        BEGIN
            INSERT INTO onto.ontology (datasource, engine, created_at, created_by, updated_at)
            OUTPUT inserted.ontology_id INTO @made (ontology_id)
            SELECT d.name, d.engine, @at, ORIGINAL_LOGIN(), @at
            FROM onto.datasource AS d
            WHERE d.name = @datasource;
            SELECT @ontology_id = m.ontology_id, @created = 1 FROM @made AS m;
            -- The datasource was there a moment ago.
            IF @ontology_id IS NULL THROW 50012, @message, 1;
        END;
        COMMIT TRANSACTION;
        IF @into_caller = 0 SELECT @ontology_id AS ontology_id, @created AS created;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
