-- Purpose:     remove all that is known of a datasource, edits, terms and the log of changes included; the datasource itself stays.
-- Parameters:  @datasource; @confirmation the words: delete ontology.
-- Returns:     tables, columns, relationships, entities, edits, terms: how many went.
-- Errors:      CONFIRMATION_REQUIRED, NOT_FOUND, DAG_RUNNING while a dag of the datasource runs.
-- Idempotency: what is gone is NOT_FOUND. Dags and runs that ended stay in the history of the queue.
CREATE OR ALTER PROCEDURE onto.usp_delete_ontology @datasource nvarchar(4000), @confirmation nvarchar(4000)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @ontology_id bigint, @tables bigint, @columns bigint, @relationships bigint, @entities bigint, @edits bigint,
        @terms bigint, @message nvarchar(2048);
    BEGIN TRY
        BEGIN TRANSACTION;
        IF @confirmation IS NULL OR @confirmation COLLATE Latin1_General_100_BIN2 <> N'delete ontology'
        BEGIN
            SET @message = CONCAT(N'CONFIRMATION_REQUIRED: this removes all that is known of ', LEFT(@datasource, 500), NCHAR(10),
                N'HINT: Confirm with the words: delete ontology.');
            THROW 50008, @message, 1;
        END;
        -- Routing holds it shared: what is being written now is waited for.
        EXEC onto.usp_hold_ontology @mode = N'Exclusive', @datasource = @datasource, @ontology_id = @ontology_id OUTPUT;
        IF @ontology_id IS NULL
        BEGIN
            SET @message = CONCAT(N'NOT_FOUND: the datasource ', LEFT(@datasource, 500), N' has no ontology', NCHAR(10),
                N'HINT: There is nothing to remove; sproute ontology ls lists those that are there.');
            THROW 50012, @message, 1;
        END;
        IF EXISTS (SELECT 1 FROM onto.vw_dag AS d WHERE d.datasource = @datasource AND d.status = N'RUNNING')
        BEGIN
            SET @message = CONCAT(N'DAG_RUNNING: the ontology of ', @datasource, N' is being extracted', NCHAR(10),
                N'HINT: Wait until that ends, or cancel it: sproute ontology cancel.');
            THROW 50007, @message, 1;
        END;

        SELECT @tables = COUNT_BIG(*) FROM onto.schema_table AS t WHERE t.ontology_id = @ontology_id;
        SELECT @columns = COUNT_BIG(*)
        FROM onto.schema_column AS c
        JOIN onto.schema_table AS t ON t.schema_table_id = c.schema_table_id
        WHERE t.ontology_id = @ontology_id;
        SELECT @relationships = COUNT_BIG(*) FROM onto.relationship AS r WHERE r.ontology_id = @ontology_id;
        SELECT @entities = COUNT_BIG(*) FROM onto.entity AS e WHERE e.ontology_id = @ontology_id;
        SELECT @edits = COUNT_BIG(*) FROM onto.override AS v WHERE v.ontology_id = @ontology_id;
        SELECT @terms = COUNT_BIG(*) FROM onto.glossary_term AS g WHERE g.ontology_id = @ontology_id;

        DELETE FROM onto.ontology_dag WHERE ontology_id = @ontology_id;
        DELETE FROM onto.change_log WHERE ontology_id = @ontology_id;
        DELETE FROM onto.override WHERE ontology_id = @ontology_id;
        DELETE FROM onto.knowledge WHERE ontology_id = @ontology_id;
        DELETE a
        FROM onto.glossary_alias AS a
        JOIN onto.glossary_term AS g ON g.glossary_term_id = a.glossary_term_id
        WHERE g.ontology_id = @ontology_id;
        DELETE FROM onto.glossary_term WHERE ontology_id = @ontology_id;
        DELETE k
        FROM onto.entity_key_column AS k
        JOIN onto.entity AS e ON e.entity_id = k.entity_id
        WHERE e.ontology_id = @ontology_id;
        DELETE a
        FROM onto.entity_alias AS a
        JOIN onto.entity AS e ON e.entity_id = a.entity_id
        WHERE e.ontology_id = @ontology_id;
        DELETE FROM onto.entity WHERE ontology_id = @ontology_id;
        DELETE FROM onto.relationship WHERE ontology_id = @ontology_id;
        DELETE FROM onto.answer WHERE ontology_id = @ontology_id;
        DELETE f
        FROM onto.column_feature AS f
        JOIN onto.schema_column AS c ON c.schema_column_id = f.schema_column_id
        JOIN onto.schema_table AS t ON t.schema_table_id = c.schema_table_id
        WHERE t.ontology_id = @ontology_id;
        DELETE c
        FROM onto.schema_column AS c
        JOIN onto.schema_table AS t ON t.schema_table_id = c.schema_table_id
        WHERE t.ontology_id = @ontology_id;
        DELETE FROM onto.schema_table WHERE ontology_id = @ontology_id;
        DELETE FROM onto.ontology WHERE ontology_id = @ontology_id;
        COMMIT TRANSACTION;
        SELECT @tables AS tables, @columns AS columns, @relationships AS relationships, @entities AS entities, @edits AS edits,
            @terms AS terms;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
