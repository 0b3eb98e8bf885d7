-- Purpose:     set and take back fields of an ontology, columns, relationships and entities, all of them or none; what is set stays
--              set, whatever runs infer.
-- Parameters:  @datasource; @edits json array of {target_kind ontology, column, relationship or entity; target_key its natural key
--              ('ontology', table_key.column_key, relationship_key, table_key); field, value as in onto.fn_override_fault, an empty
--              text blanks a text}, or {..., is_removed: true}, which takes the edit back; @source human or agent; @by who says
--              so, default the login; @is_import logs it as an import; @now UTC.
-- Returns:     target_kind, target_key, field, override_id (null: taken back), changed (the edit says something else than
--              before), before, after (what counted and counts).
--              With @into_caller 1 no result set: the rows go to the caller's #apply_edits.
-- Errors:      NOT_FOUND for a datasource without ontology or a target that is not there, INVALID_PAYLOAD.
-- Idempotency: the same edits again change nothing but what they are based on. Values of a column that becomes sensitive are
--              erased at once.
CREATE OR ALTER PROCEDURE onto.usp_apply_edits
    @datasource nvarchar(4000), @edits nvarchar(max), @source nvarchar(4000) = N'human', @by nvarchar(max) = NULL,
    @is_import bit = 0, @now datetime2(3) = NULL, @into_caller bit = 0
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()),
        @who nvarchar(max) = COALESCE(NULLIF(TRIM(@by) COLLATE Latin1_General_100_BIN2, N''), ORIGINAL_LOGIN()),
        @kind int, @ontology_id bigint, @written nvarchar(max), @given nvarchar(max), @log_source nvarchar(40), @fault nvarchar(max),
        @lost_kind nvarchar(40), @lost_key nvarchar(4000), @message nvarchar(2048);
    DECLARE @edit TABLE (
        place        int           NOT NULL PRIMARY KEY,
        target_kind  nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL,
        target_key   nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL,
        field        nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL,
        is_removed   bit           NOT NULL,
        value        nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL
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
    CREATE TABLE #field_values (
        target_kind  nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        target_key   nvarchar(4000) COLLATE Latin1_General_100_BIN2 NULL,
        field        nvarchar(100)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        is_known     bit            NOT NULL,
        inferred     nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        value        nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL
    );
    BEGIN TRY
        BEGIN TRANSACTION;
        SELECT @kind = j.[type]
        FROM OPENJSON(CASE WHEN ISJSON(N'[' + @edits + N']') = 1 THEN N'[' + @edits + N']' END) AS j;
        IF @source IS NULL OR @source COLLATE Latin1_General_100_BIN2 NOT IN (N'human', N'agent')
            SET @fault = N'the source is human or agent';
        ELSE IF @kind IS NULL OR @kind <> 4 OR EXISTS (
            SELECT 1 FROM OPENJSON(CASE @kind WHEN 4 THEN @edits END) AS k WHERE k.[type] <> 5)
            SET @fault = N'edits are a list of {target_kind, target_key, field, value}';
        ELSE
        BEGIN
            INSERT INTO @edit (place, target_kind, target_key, field, is_removed, value)
            SELECT CONVERT(int, k.[key]), w.target_kind, w.target_key, w.field, IIF(w.is_removed = N'true', 1, 0), v.value
            FROM OPENJSON(@edits) AS k
            CROSS APPLY OPENJSON(k.[value]) WITH (
                target_kind nvarchar(max) '$.target_kind', target_key nvarchar(max) '$.target_key', field nvarchar(max) '$.field',
                is_removed nvarchar(max) '$.is_removed') AS w
            OUTER APPLY (
                SELECT CASE WHEN x.[type] = 0 THEN N'null' WHEN x.[type] = 1 THEN llm.fn_json_string(x.[value])
                    ELSE x.[value] END AS value
                FROM OPENJSON(k.[value]) AS x
                WHERE x.[key] = N'value'
            ) AS v;
            SELECT TOP (1) @fault = f.fault
            FROM (
                SELECT e.place, onto.fn_override_fault(e.target_kind, e.field, e.value, e.is_removed) AS fault
                FROM @edit AS e
            ) AS f
            WHERE f.fault IS NOT NULL
            ORDER BY f.place;
            IF @fault IS NULL AND EXISTS (
                SELECT 1 FROM @edit AS e GROUP BY e.target_kind, e.target_key, e.field HAVING COUNT(*) > 1)
                SET @fault = N'a field is given twice';
        END;
        IF @fault IS NOT NULL
        BEGIN
            SET @message = LEFT(CONCAT(N'INVALID_PAYLOAD: ', @fault), 2000);
            THROW 50004, @message, 1;
        END;
        -- Edits come one after the other. Routing, which holds it shared, is waited for, and waits: what it writes of a column
        -- that becomes sensitive is erased, or not written.
        EXEC onto.usp_hold_ontology @mode = N'Exclusive', @datasource = @datasource, @ontology_id = @ontology_id OUTPUT;
        IF @ontology_id IS NULL
        BEGIN
            SET @message = CONCAT(N'NOT_FOUND: the datasource ', LEFT(@datasource, 500), N' has no ontology', NCHAR(10),
                N'HINT: sproute ontology extract makes it.');
            THROW 50012, @message, 1;
        END;
        -- What is gone may still be rid of what was said of it.
        SELECT @given = N'[' + STRING_AGG(CONCAT(N'{"target_kind":', llm.fn_json_string(e.target_kind),
            N',"target_key":', COALESCE(llm.fn_json_string(e.target_key), N'null'),
            N',"field":', llm.fn_json_string(e.field), N'}'), N',') + N']'
        FROM @edit AS e
        WHERE e.is_removed = 0;
        EXEC onto.fn_field_values @ontology_id = @ontology_id, @fields = @given;
        SELECT TOP (1) @lost_kind = f.target_kind, @lost_key = f.target_key
        FROM #field_values AS f
        WHERE f.is_known = 0
        ORDER BY f.target_kind, f.target_key;
        IF @lost_kind IS NOT NULL
        BEGIN
            SET @message = CONCAT(N'NOT_FOUND: the ontology of ', @datasource, N' has no ', @lost_kind, N' with the key ',
                LEFT(COALESCE(@lost_key, N'<NULL>'), 1500), NCHAR(10), N'HINT: Keys look like public.orders, public.orders.status, public.orders(customer_id)->public.customers(id).');
            THROW 50012, @message, 1;
        END;
        SELECT @written = COALESCE(N'[' + STRING_AGG(CONCAT(N'{"target_kind":', llm.fn_json_string(e.target_kind),
            N',"target_key":', llm.fn_json_string(e.target_key), N',"field":', llm.fn_json_string(e.field),
            N',"source":', llm.fn_json_string(@source),
            CASE e.is_removed WHEN 1 THEN N',"is_removed":true}' ELSE CONCAT(N',"value":', e.value, N'}') END), N',') + N']', N'[]')
        FROM @edit AS e;
        SET @log_source = CASE @is_import WHEN 1 THEN N'import' ELSE @source END;
        EXEC onto.usp_write_overrides @ontology_id = @ontology_id, @edits = @written, @log_source = @log_source, @by = @who,
            @now = @at;
        COMMIT TRANSACTION;
        IF @into_caller = 1
            INSERT INTO #apply_edits (target_kind, target_key, field, override_id, changed, before, after)
            SELECT w.target_kind, w.target_key, w.field, w.override_id, w.changed, w.before, w.after
            FROM #write_overrides AS w;
        ELSE
            SELECT w.target_kind, w.target_key, w.field, w.override_id, w.changed, w.before, w.after
            FROM @edit AS e
            JOIN #write_overrides AS w ON w.target_kind = e.target_kind AND w.target_key = e.target_key AND w.field = e.field
            ORDER BY e.place;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
