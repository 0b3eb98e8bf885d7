-- Purpose:     apply or refuse what runs inferred under edits (onto.vw_pending_change), all of them or none.
-- Parameters:  @override_ids json array of numbers, edits of one ontology; @decision apply (the edit goes, and with a person's that
--              of an agent: what is inferred counts) or refuse (the edit stays, and this inference is not offered again); @by who
--              decides, default the login; @now UTC.
-- Returns:     override_id, target_kind, target_key, field, value (what counts now).
--              With @into_caller 1 no result set: the rows go to the caller's #decide_pending_changes.
-- Errors:      NOT_FOUND for an unknown edit, INVALID_STATE if nothing is pending for one, INVALID_PAYLOAD.
-- Idempotency: no: a change that was decided is no longer pending.
CREATE OR ALTER PROCEDURE onto.usp_decide_pending_changes
    @override_ids nvarchar(max), @decision nvarchar(4000), @by nvarchar(max) = NULL, @now datetime2(3) = NULL,
    @into_caller bit = 0
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()),
        @who nvarchar(max) = COALESCE(NULLIF(TRIM(@by) COLLATE Latin1_General_100_BIN2, N''), ORIGINAL_LOGIN()),
        @kind int, @ontology_id bigint, @bad bigint, @written nvarchar(max), @decided nvarchar(max), @log_source nvarchar(40),
        @message nvarchar(2048);
    DECLARE @id TABLE (override_id bigint NOT NULL PRIMARY KEY);
    DECLARE @edit TABLE (
        override_id  bigint         NOT NULL PRIMARY KEY,
        target_kind  nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        target_key   nvarchar(4000) COLLATE Latin1_General_100_BIN2 NOT NULL,
        field        nvarchar(100)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        source       nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
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
        IF @decision IS NULL OR @decision COLLATE Latin1_General_100_BIN2 NOT IN (N'apply', N'refuse')
            THROW 50004, N'INVALID_PAYLOAD: the decision is apply or refuse', 1;
        SELECT @kind = j.[type]
        FROM OPENJSON(CASE WHEN ISJSON(N'[' + @override_ids + N']') = 1 THEN N'[' + @override_ids + N']' END) AS j;
        IF @kind IS NULL OR @kind <> 4 OR EXISTS (
            SELECT 1 FROM OPENJSON(CASE @kind WHEN 4 THEN @override_ids END) AS g
            WHERE g.[value] IS NULL OR g.[value] COLLATE Latin1_General_100_BIN2 = N'' OR LEN(g.[value]) > 18
               OR g.[value] COLLATE Latin1_General_100_BIN2 LIKE N'%[^0-9]%')
            THROW 50004, N'INVALID_PAYLOAD: edits are named by their override_id', 1;
        INSERT INTO @id (override_id) SELECT DISTINCT CONVERT(bigint, g.[value]) FROM OPENJSON(@override_ids) AS g;
        IF EXISTS (SELECT 1 FROM @id AS g)
        BEGIN
            SELECT @ontology_id = MIN(v.ontology_id) FROM @id AS g JOIN onto.override AS v ON v.override_id = g.override_id;
            SELECT @bad = MIN(g.override_id)
            FROM @id AS g
            WHERE NOT EXISTS (SELECT 1 FROM onto.override AS v WHERE v.override_id = g.override_id AND v.ontology_id = @ontology_id);
            IF @bad IS NOT NULL
            BEGIN
                SET @message = CONCAT(N'NOT_FOUND: no edit has id ', @bad, NCHAR(10), N'HINT: All are of one ontology.');
                THROW 50012, @message, 1;
            END;
            -- The ontology first, as everywhere.
            EXEC onto.usp_hold_ontology @mode = N'Exclusive', @ontology_id = @ontology_id OUTPUT;
            INSERT INTO @edit (override_id, target_kind, target_key, field, source, inferred)
            SELECT e.override_id, e.target_kind, e.target_key, e.field, e.source, llm.fn_json_text(e.inferred)
            FROM onto.vw_kept_edit AS e
            WHERE e.ontology_id = @ontology_id AND e.is_pending = 1
              AND e.override_id IN (SELECT g.override_id FROM @id AS g)
            OPTION (RECOMPILE);
            SELECT @bad = MIN(g.override_id)
            FROM @id AS g
            WHERE NOT EXISTS (SELECT 1 FROM @edit AS e WHERE e.override_id = g.override_id);
            IF @bad IS NOT NULL
            BEGIN
                SET @message = CONCAT(N'INVALID_STATE: nothing is pending for edit ', @bad, NCHAR(10),
                    N'HINT: SELECT * FROM onto.vw_pending_change lists what is.');
                THROW 50010, @message, 1;
            END;
            SELECT @decided = N'[' + STRING_AGG(CONCAT(N'{"target_kind":', llm.fn_json_string(e.target_kind),
                N',"target_key":', llm.fn_json_string(e.target_key), N',"field":', llm.fn_json_string(e.field), N'}'), N',') + N']'
            FROM @edit AS e;
            IF @decision = N'refuse'
                UPDATE v
                SET based_on = e.inferred, updated_by = @who, updated_at = @at
                FROM onto.override AS v
                JOIN @edit AS e ON e.override_id = v.override_id;
            ELSE
            BEGIN
                SELECT @written = N'[' + STRING_AGG(CONCAT(N'{"target_kind":', llm.fn_json_string(d.target_kind),
                    N',"target_key":', llm.fn_json_string(d.target_key), N',"field":', llm.fn_json_string(d.field),
                    N',"source":', llm.fn_json_string(d.source), N',"is_removed":true}'), N',') + N']'
                FROM (
                    SELECT DISTINCT v.target_kind, v.target_key, v.field, v.source
                    FROM @edit AS e
                    JOIN onto.override AS v
                        ON v.ontology_id = @ontology_id AND v.target_kind = e.target_kind
                            AND v.target_key_sha256 = CONVERT(binary(32), HASHBYTES('SHA2_256', e.target_key))
                            AND v.field = e.field AND v.source IN (e.source, N'agent')
                ) AS d;
                SET @log_source = IIF(EXISTS (SELECT 1 FROM @edit AS e WHERE e.source = N'human'), N'human', N'agent');
                EXEC onto.usp_write_overrides @ontology_id = @ontology_id, @edits = @written, @log_source = @log_source,
                    @by = @who, @now = @at;
            END;
            EXEC onto.fn_field_values @ontology_id = @ontology_id, @fields = @decided;
            UPDATE e
            SET value = f.value
            FROM @edit AS e
            JOIN #field_values AS f
                ON f.target_kind = e.target_kind AND f.target_key = e.target_key AND f.field = e.field;
        END;
        COMMIT TRANSACTION;
        IF @into_caller = 1
            INSERT INTO #decide_pending_changes (override_id, target_kind, target_key, field, value)
            SELECT e.override_id, e.target_kind, e.target_key, e.field, e.value FROM @edit AS e;
        ELSE
            SELECT e.override_id, e.target_kind, e.target_key, e.field, e.value FROM @edit AS e ORDER BY e.override_id;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
