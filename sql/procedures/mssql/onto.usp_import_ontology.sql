-- Purpose:     bring what people said of a database (edits, terms, facts) from a document to an ontology.
-- Parameters:  @datasource; @document {edits: [{target_kind, target_key, field, source, value, based_on?, by?; of a relationship
--              from_table, from_columns, to_table, to_columns}], glossary: [{term, definition, sql_pattern?, base_table?,
--              columns_used?, filters?, aggregation?, aliases?, source, by?}], knowledge: [{about?, fact, by?}]}; @prefer document
--              or database: what counts where both say something; null: such conflicts are listed and nothing is changed; @prune
--              removes what the document does not have; @dry_run changes nothing; @by who imports, default the login; @now UTC.
-- Returns:     rows of onto.fn_import_changes: what was done, or would be.
-- Errors:      NOT_FOUND for an unknown datasource (or, in a dry run, none), INVALID_PAYLOAD, INVALID_STATE for a name of a
--              term that would mean two things.
-- Idempotency: the same document again changes nothing. All of it is one transaction.
CREATE OR ALTER PROCEDURE onto.usp_import_ontology
    @datasource nvarchar(4000), @document nvarchar(max), @prefer nvarchar(40) = NULL, @prune bit = 0, @dry_run bit = 0,
    @by nvarchar(max) = NULL, @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()),
        @who nvarchar(max) = COALESCE(NULLIF(TRIM(@by) COLLATE Latin1_General_100_BIN2, N''), ORIGINAL_LOGIN()),
        @given nvarchar(max), @ontology_id bigint, @created bit, @version int, @written nvarchar(max), @words nvarchar(max),
        @has_news bit, @fault nvarchar(max), @message nvarchar(2048);
    CREATE TABLE #import_changes (
        part         nvarchar(10)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        target_kind  nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        target_key   nvarchar(4000) COLLATE Latin1_General_100_BIN2 NOT NULL,
        field        nvarchar(100)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        source       nvarchar(40)   COLLATE Latin1_General_100_BIN2 NULL,
        action       nvarchar(10)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        before       nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        after        nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL
    );
    CREATE TABLE #document_edit (
        target_kind        nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        target_key_sha256  binary(32)     NOT NULL,
        field              nvarchar(100)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        source             nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        edit               nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        from_table         nvarchar(4000) COLLATE Latin1_General_100_BIN2 NULL,
        from_columns       nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        to_table           nvarchar(4000) COLLATE Latin1_General_100_BIN2 NULL,
        to_columns         nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        PRIMARY KEY (target_kind, target_key_sha256, field, source)
    );
    CREATE TABLE #field_values (
        target_kind  nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        target_key   nvarchar(4000) COLLATE Latin1_General_100_BIN2 NULL,
        field        nvarchar(100)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        is_known     bit            NOT NULL,
        inferred     nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        value        nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL
    );
    CREATE TABLE #write_overrides (
        target_kind  nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        target_key   nvarchar(4000) COLLATE Latin1_General_100_BIN2 NOT NULL,
        field        nvarchar(100)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        source       nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        override_id  bigint         NULL,
        changed      bit            NOT NULL,
        before       nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        after        nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL
    );
    BEGIN TRY
        BEGIN TRANSACTION;
        SET @given = CONCAT(N'{"edits":', COALESCE(JSON_QUERY(@document, '$.edits'), N'[]'),
            N',"glossary":', COALESCE(JSON_QUERY(@document, '$.glossary'), N'[]'),
            N',"knowledge":', COALESCE(JSON_QUERY(@document, '$.knowledge'), N'[]'), N'}');
        SET @fault = CASE
            WHEN @prefer COLLATE Latin1_General_100_BIN2 NOT IN (N'document', N'database')
                THEN N'what is preferred is document or database'
            WHEN EXISTS (
                SELECT 1 FROM OPENJSON(@document) AS d
                WHERE d.[key] IN (N'edits', N'glossary', N'knowledge') AND d.[type] <> 4)
                THEN N'edits, glossary and knowledge are lists' END;
        IF @fault IS NULL SET @fault = onto.fn_import_fault(@given);
        IF @fault IS NOT NULL
        BEGIN
            SET @message = LEFT(CONCAT(N'INVALID_PAYLOAD: ', @fault), 2000);
            THROW 50004, @message, 1;
        END;
        IF @dry_run = 0
            EXEC onto.usp_create_ontology @datasource = @datasource, @now = @at, @into_caller = 1, @ontology_id = @ontology_id OUTPUT,
                @created = @created OUTPUT;
        EXEC onto.usp_hold_ontology @mode = N'Exclusive', @datasource = @datasource, @ontology_id = @ontology_id OUTPUT;
        SELECT @version = o.version FROM onto.ontology AS o WHERE o.ontology_id = @ontology_id;
        EXEC onto.fn_import_changes @ontology_id = @ontology_id, @document = @given, @prefer = @prefer, @prune = @prune;

        IF @dry_run = 0 AND NOT EXISTS (SELECT 1 FROM #import_changes AS c WHERE c.action = N'conflict')
        BEGIN
            -- What an edit is based on is what the document says, not what is inferred here.
            INSERT INTO #document_edit (target_kind, target_key_sha256, field, source, edit, from_table, from_columns, to_table, to_columns)
            SELECT w.target_kind, CONVERT(binary(32), HASHBYTES('SHA2_256', w.target_key)), w.field, w.source,
                IIF(EXISTS (SELECT 1 FROM OPENJSON(e.[value]) AS b WHERE b.[key] = N'based_on'), e.[value],
                    STUFF(e.[value], 1, 1, N'{"based_on":null,')),
                w.from_table, w.from_columns, w.to_table, w.to_columns
            FROM OPENJSON(@given, '$.edits') AS e
            CROSS APPLY OPENJSON(e.[value]) WITH (
                target_kind nvarchar(40) '$.target_kind', target_key nvarchar(4000) '$.target_key', field nvarchar(100) '$.field',
                source nvarchar(40) '$.source', from_table nvarchar(4000) '$.from_table',
                from_columns nvarchar(max) '$.from_columns' AS JSON, to_table nvarchar(4000) '$.to_table',
                to_columns nvarchar(max) '$.to_columns' AS JSON) AS w;
            -- Relationships that nobody found here, once each, though a person and an agent accept them.
            UPDATE r
            SET dropped_at = NULL, dropped_because = NULL, updated_at = @at
            FROM onto.relationship AS r
            JOIN #import_changes AS c
                ON r.relationship_key_sha256 = CONVERT(binary(32), HASHBYTES('SHA2_256', c.target_key)) AND c.part = N'edit'
                    AND c.target_kind = N'relationship' AND c.field = N'status' AND c.action = N'add' AND c.after = N'"accepted"'
            WHERE r.ontology_id = @ontology_id AND r.dropped_at IS NOT NULL;
            INSERT INTO onto.relationship (ontology_id, relationship_key, from_table_id, from_columns, to_table_id, to_columns,
                status, provenance, created_at, updated_at)
            SELECT @ontology_id, n.target_key, s.schema_table_id, llm.fn_json_text(n.from_columns), t.schema_table_id,
                llm.fn_json_text(n.to_columns), N'accepted', N'manual', @at, @at
            FROM (
                SELECT c.target_key, w.from_table, w.from_columns, w.to_table, w.to_columns,
                    ROW_NUMBER() OVER (PARTITION BY c.target_key ORDER BY c.source DESC) AS place
                FROM #import_changes AS c
                JOIN #document_edit AS w
                    ON w.target_kind = c.target_kind AND w.target_key_sha256 = CONVERT(binary(32), HASHBYTES('SHA2_256', c.target_key))
                        AND w.field = c.field AND w.source = c.source
                WHERE c.part = N'edit' AND c.target_kind = N'relationship' AND c.field = N'status' AND c.action = N'add'
                  AND c.after = N'"accepted"'
            ) AS n
            JOIN onto.schema_table AS s ON s.ontology_id = @ontology_id AND s.table_key = n.from_table AND s.dropped_at IS NULL
            JOIN onto.schema_table AS t ON t.ontology_id = @ontology_id AND t.table_key = n.to_table AND t.dropped_at IS NULL
            WHERE n.place = 1 AND NOT EXISTS (
                SELECT 1 FROM onto.relationship AS r
                WHERE r.ontology_id = @ontology_id
                  AND r.relationship_key_sha256 = CONVERT(binary(32), HASHBYTES('SHA2_256', n.target_key)))
            ORDER BY n.target_key;

            SELECT @written = N'[' + STRING_AGG(x.edit, N',') + N']'
            FROM (
                SELECT w.edit
                FROM #import_changes AS c
                JOIN #document_edit AS w
                    ON w.target_kind = c.target_kind AND w.target_key_sha256 = CONVERT(binary(32), HASHBYTES('SHA2_256', c.target_key))
                        AND w.field = c.field AND w.source = c.source
                WHERE c.part = N'edit' AND c.action <> N'remove'
                UNION ALL
                SELECT CONCAT(N'{"target_kind":', llm.fn_json_string(c.target_kind), N',"target_key":', llm.fn_json_string(c.target_key),
                    N',"field":', llm.fn_json_string(c.field), N',"source":', llm.fn_json_string(c.source), N',"is_removed":true}')
                    COLLATE Latin1_General_100_BIN2
                FROM #import_changes AS c
                WHERE c.part = N'edit' AND c.action = N'remove'
            ) AS x;
            IF @written IS NOT NULL
                EXEC onto.usp_write_overrides @ontology_id = @ontology_id, @edits = @written, @log_source = N'import', @by = @who,
                    @now = @at;
            -- Once, whatever changed.
            SELECT @words = COALESCE(N'[' + STRING_AGG(CONCAT(N'{"part":"', c.part, N'","target_kind":"', c.target_kind,
                N'","target_key":', llm.fn_json_string(c.target_key), N',"field":"', c.field, N'","action":"', c.action,
                N'","before":', COALESCE(c.before, N'null'), N',"after":', COALESCE(c.after, N'null'), N'}'), N',') + N']', N'[]')
            FROM #import_changes AS c
            WHERE c.part IN (N'term', N'fact');
            EXEC onto.usp_import_words @ontology_id = @ontology_id, @document = @given, @changes = @words, @by = @who, @now = @at,
                @result = @has_news OUTPUT;
            IF @has_news = 1 AND @version = (SELECT o.version FROM onto.ontology AS o WHERE o.ontology_id = @ontology_id)
                EXEC onto.usp_raise_version @ontology_id = @ontology_id, @dag_id = NULL, @now = @at;
        END;
        COMMIT TRANSACTION;
        SELECT c.part, c.target_kind, c.target_key, c.field, c.source, c.action, c.before, c.after
        FROM #import_changes AS c
        ORDER BY c.part, c.target_kind, c.target_key, c.field, c.source, c.action, c.before, c.after;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
