-- Purpose:     say that columns refer to others, whatever evidence says: a relationship that a person (or an agent) adds or takes on.
-- Parameters:  @datasource; @from_table, @to_table table_keys; @from_columns, @to_columns json arrays of column_keys, paired;
--              @source human or agent; @by who says so, default the login; @is_import logs it as an import; @now UTC.
-- Returns:     relationship_key; created: there was no such candidate; changed: it was not accepted by such an edit.
-- Errors:      NOT_FOUND for a datasource without ontology, a table or column that is not there; INVALID_PAYLOAD.
-- Idempotency: yes.
CREATE OR ALTER PROCEDURE onto.usp_put_manual_relationship
    @datasource nvarchar(4000), @from_table nvarchar(4000), @from_columns nvarchar(max), @to_table nvarchar(4000),
    @to_columns nvarchar(max), @source nvarchar(4000) = N'human', @by nvarchar(max) = NULL, @is_import bit = 0,
    @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @ontology_id bigint, @from_count int, @to_count int,
        @from_list nvarchar(max), @to_list nvarchar(max), @missing nvarchar(4000), @key nvarchar(max), @sha256 binary(32),
        @created bit, @changed bit, @is_news bit, @edits nvarchar(max), @changes nvarchar(max), @log_source nvarchar(40),
        @message nvarchar(2048);
    DECLARE @column TABLE (
        side        int            NOT NULL,
        place       int            NOT NULL,
        column_key  nvarchar(4000) COLLATE Latin1_General_100_BIN2 NULL,
        PRIMARY KEY (side, place)
    );
    CREATE TABLE #apply_edits (
        target_kind  nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        target_key   nvarchar(4000) COLLATE Latin1_General_100_BIN2 NOT NULL,
        field        nvarchar(100)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        override_id  bigint         NULL,
        changed      bit            NOT NULL,
        before       nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        after        nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL
    );
    BEGIN TRY
        BEGIN TRANSACTION;
        IF ISJSON(@from_columns) = 1 AND LEFT(TRIM(NCHAR(9) + NCHAR(10) + NCHAR(13) + N' ' FROM @from_columns), 1) = N'['
            INSERT INTO @column (side, place, column_key)
            SELECT 1, CONVERT(int, f.[key]), f.[value] FROM OPENJSON(@from_columns) AS f;
        IF ISJSON(@to_columns) = 1 AND LEFT(TRIM(NCHAR(9) + NCHAR(10) + NCHAR(13) + N' ' FROM @to_columns), 1) = N'['
            INSERT INTO @column (side, place, column_key)
            SELECT 2, CONVERT(int, t.[key]), t.[value] FROM OPENJSON(@to_columns) AS t;
        SELECT @from_count = SUM(IIF(k.side = 1, 1, 0)), @to_count = SUM(IIF(k.side = 2, 1, 0)) FROM @column AS k;
        IF COALESCE(@from_count, 0) NOT BETWEEN 1 AND 32 OR @from_count <> @to_count
            THROW 50004, N'INVALID_PAYLOAD: both sides have the same number of columns, 1 to 32', 1;
        SET @from_list = llm.fn_json_text(@from_columns);
        SET @to_list = llm.fn_json_text(@to_columns);
        IF @from_table COLLATE Latin1_General_100_BIN2 = @to_table AND @from_list COLLATE Latin1_General_100_BIN2 = @to_list
            THROW 50004, N'INVALID_PAYLOAD: a column does not refer to itself', 1;
        EXEC onto.usp_hold_ontology @mode = N'Exclusive', @datasource = @datasource, @ontology_id = @ontology_id OUTPUT;
        IF @ontology_id IS NULL
        BEGIN
            SET @message = CONCAT(N'NOT_FOUND: the datasource ', LEFT(@datasource, 500), N' has no ontology', NCHAR(10),
                N'HINT: sproute ontology extract makes it.');
            THROW 50012, @message, 1;
        END;
        SELECT TOP (1) @missing = CONCAT(CASE k.side WHEN 1 THEN @from_table ELSE @to_table END, N'.', k.column_key)
        FROM @column AS k
        WHERE NOT EXISTS (
            SELECT 1
            FROM onto.schema_table AS t
            JOIN onto.schema_column AS c ON c.schema_table_id = t.schema_table_id AND c.column_key = k.column_key
            WHERE t.ontology_id = @ontology_id AND t.table_key = CASE k.side WHEN 1 THEN @from_table ELSE @to_table END
              AND t.dropped_at IS NULL AND c.dropped_at IS NULL)
        ORDER BY k.side, k.place;
        IF @missing IS NOT NULL
        BEGIN
            SET @message = CONCAT(N'NOT_FOUND: the ontology of ', @datasource, N' has no column ', LEFT(@missing, 1500), NCHAR(10),
                N'HINT: Columns are named schema.table(column) as they are in the database.');
            THROW 50012, @message, 1;
        END;
        SELECT @key = CONCAT(@from_table, N'(', (
                SELECT STRING_AGG(CONVERT(nvarchar(max), f.column_key), N',') WITHIN GROUP (ORDER BY f.place)
                FROM @column AS f WHERE f.side = 1), N')->', @to_table, N'(', (
                SELECT STRING_AGG(CONVERT(nvarchar(max), t.column_key), N',') WITHIN GROUP (ORDER BY t.place)
                FROM @column AS t WHERE t.side = 2), N')');
        SET @sha256 = CONVERT(binary(32), HASHBYTES('SHA2_256', @key));

        INSERT INTO onto.relationship (ontology_id, relationship_key, from_table_id, from_columns, to_table_id, to_columns, status,
            provenance, created_at, updated_at)
        SELECT @ontology_id, @key, s.schema_table_id, @from_list, t.schema_table_id, @to_list, N'accepted', N'manual', @at, @at
        FROM onto.schema_table AS s
        JOIN onto.schema_table AS t ON t.ontology_id = s.ontology_id AND t.table_key = @to_table AND t.dropped_at IS NULL
        WHERE s.ontology_id = @ontology_id AND s.table_key = @from_table AND s.dropped_at IS NULL
          AND NOT EXISTS (
              SELECT 1 FROM onto.relationship AS r WITH (UPDLOCK, HOLDLOCK)
              WHERE r.ontology_id = @ontology_id AND r.relationship_key_sha256 = @sha256);
        SET @created = @@ROWCOUNT;
        -- A candidate that is no longer one, of columns that are there.
        UPDATE onto.relationship
        SET dropped_at = NULL, dropped_because = NULL, updated_at = @at
        WHERE ontology_id = @ontology_id AND relationship_key_sha256 = @sha256 AND dropped_at IS NOT NULL;
        SET @is_news = IIF(@@ROWCOUNT > 0, 1, @created);

        SET @edits = CONCAT(N'[{"target_kind":"relationship","target_key":', llm.fn_json_string(@key),
            N',"field":"status","value":"accepted"}]');
        EXEC onto.usp_apply_edits @datasource = @datasource, @edits = @edits, @source = @source, @by = @by, @is_import = @is_import,
            @now = @at, @into_caller = 1;
        SELECT @changed = e.changed FROM #apply_edits AS e;
        -- Where it was accepted as it came, the edit changed nothing.
        IF @is_news = 1 AND EXISTS (
            SELECT 1 FROM onto.relationship AS r
            WHERE r.ontology_id = @ontology_id AND r.relationship_key_sha256 = @sha256 AND r.status = N'accepted')
        BEGIN
            SET @changes = CONCAT(N'[{"target_kind":"relationship","target_key":', llm.fn_json_string(@key),
                N',"field":"status","before":null,"after":"accepted"}]');
            SET @log_source = CASE @is_import WHEN 1 THEN N'import' ELSE @source END;
            EXEC onto.usp_log_changes @ontology_id = @ontology_id, @changes = @changes, @source = @log_source, @run_id = NULL,
                @dag_id = NULL, @now = @at, @by = @by;
            EXEC onto.usp_raise_version @ontology_id = @ontology_id, @dag_id = NULL, @now = @at;
        END;
        COMMIT TRANSACTION;
        SELECT @key AS relationship_key, @created AS created, @changed AS changed;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
