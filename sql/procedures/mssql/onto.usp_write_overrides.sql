-- Purpose:     put and take back edits, log what counts differently since, and raise the version of the ontology if anything
--              does; internal. The caller has checked fields and values, and holds the ontology.
-- Parameters:  @ontology_id; @edits json array of {target_kind, target_key, field, source human or agent, value, based_on?, by?}
--              or {..., is_removed: true}, each field and source once; without based_on it is what is inferred now;
--              @log_source human, agent or import; @by who says so where an edit does not; @now UTC.
-- Returns:     rows in the caller's #write_overrides: target_kind, target_key, field, source, override_id (null:
--              taken back), changed (the edit says something else than before), before, after (what counted and counts).
--              Its #field_values is what onto.fn_field_values fills.
-- Errors:      none.
-- Idempotency: the same edits again change nothing but what they are based on. Values of a column that becomes sensitive are
--              erased at once.
CREATE OR ALTER PROCEDURE onto.usp_write_overrides
    @ontology_id bigint, @edits nvarchar(max), @log_source nvarchar(40), @by nvarchar(max), @now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    CREATE TABLE #written_edit (
        target_kind        nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        target_key         nvarchar(4000) COLLATE Latin1_General_100_BIN2 NOT NULL,
        target_key_sha256  binary(32)     NOT NULL,
        field              nvarchar(100)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        source             nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        is_removed         bit            NOT NULL,
        value              nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        has_base           bit            NOT NULL,
        based_on           nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        said_by            nvarchar(256)  COLLATE Latin1_General_100_BIN2 NULL,
        old_value          nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        before             nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        after              nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        PRIMARY KEY (target_kind, target_key_sha256, field, source)
    );
    DECLARE @key nvarchar(4000), @changes nvarchar(max), @logged bigint;
    INSERT INTO #written_edit (target_kind, target_key, target_key_sha256, field, source, is_removed, value, has_base, based_on,
        said_by)
    SELECT w.target_kind, w.target_key, CONVERT(binary(32), HASHBYTES('SHA2_256', w.target_key)), w.field, w.source,
        IIF(w.is_removed = N'true', 1, 0), v.value, v.has_base, NULLIF(v.based_on, N'null'), w.said_by
    FROM OPENJSON(@edits) AS e
    CROSS APPLY OPENJSON(e.[value]) WITH (
        target_kind nvarchar(40) '$.target_kind', target_key nvarchar(max) '$.target_key', field nvarchar(100) '$.field',
        source nvarchar(40) '$.source', is_removed nvarchar(10) '$.is_removed', said_by nvarchar(max) '$.by') AS w
    CROSS APPLY (
        SELECT MAX(CASE x.[key] WHEN N'value' THEN j.document END) AS value,
            MAX(CASE x.[key] WHEN N'based_on' THEN 1 ELSE 0 END) AS has_base,
            MAX(CASE x.[key] WHEN N'based_on' THEN j.document END) AS based_on
        FROM OPENJSON(e.[value]) AS x
        CROSS APPLY (
            SELECT CASE WHEN x.[type] = 0 THEN N'null' WHEN x.[type] = 1 THEN llm.fn_json_string(x.[value])
                WHEN x.[type] IN (4, 5) THEN llm.fn_json_text(x.[value]) ELSE x.[value] END AS document
        ) AS j
        WHERE x.[key] IN (N'target_kind', N'value', N'based_on')
    ) AS v;
    EXEC onto.fn_field_values @ontology_id = @ontology_id, @fields = @edits;
    UPDATE e
    SET before = f.value, based_on = CASE WHEN e.has_base = 1 THEN e.based_on
        WHEN LEFT(f.inferred, 1) IN (N'[', N'{') THEN llm.fn_json_text(f.inferred) ELSE f.inferred END
    FROM #written_edit AS e
    JOIN #field_values AS f
        ON f.target_kind = e.target_kind AND f.target_key = e.target_key AND f.field = e.field;
    UPDATE e
    SET old_value = v.value
    FROM #written_edit AS e
    JOIN onto.override AS v
        ON v.ontology_id = @ontology_id AND v.target_kind = e.target_kind AND v.target_key_sha256 = e.target_key_sha256
            AND v.field = e.field AND v.source = e.source;

    DELETE v
    FROM onto.override AS v
    JOIN #written_edit AS e
        ON e.target_kind = v.target_kind AND e.target_key_sha256 = v.target_key_sha256 AND e.field = v.field AND e.source = v.source
    WHERE v.ontology_id = @ontology_id AND e.is_removed = 1;
    UPDATE v
    SET value = e.value, based_on = e.based_on, updated_by = COALESCE(e.said_by, @by), updated_at = @now
    FROM onto.override AS v
    JOIN #written_edit AS e
        ON e.target_kind = v.target_kind AND e.target_key_sha256 = v.target_key_sha256 AND e.field = v.field AND e.source = v.source
    WHERE v.ontology_id = @ontology_id AND e.is_removed = 0
      AND NOT EXISTS (SELECT v.value, v.based_on INTERSECT SELECT e.value, e.based_on);
    INSERT INTO onto.override (ontology_id, target_kind, target_key, field, source, value, based_on, created_by, created_at,
        updated_by, updated_at)
    SELECT @ontology_id, e.target_kind, e.target_key, e.field, e.source, e.value, e.based_on, COALESCE(e.said_by, @by), @now,
        COALESCE(e.said_by, @by), @now
    FROM #written_edit AS e
    WHERE e.is_removed = 0 AND NOT EXISTS (
        SELECT 1 FROM onto.override AS v
        WHERE v.ontology_id = @ontology_id AND v.target_kind = e.target_kind AND v.target_key_sha256 = e.target_key_sha256
          AND v.field = e.field AND v.source = e.source)
    ORDER BY e.target_kind, e.target_key, e.field, e.source;

    SELECT @key = MIN(e.target_key)
    FROM #written_edit AS e
    WHERE e.target_kind = N'column' AND e.field = N'is_sensitive' AND e.value = N'true';
    WHILE @key IS NOT NULL
    BEGIN
        EXEC onto.usp_forget_values @ontology_id = @ontology_id, @subject_key = @key, @now = @now;
        SELECT @key = MIN(e.target_key)
        FROM #written_edit AS e
        WHERE e.target_kind = N'column' AND e.field = N'is_sensitive' AND e.value = N'true' AND e.target_key > @key;
    END;

    EXEC onto.fn_field_values @ontology_id = @ontology_id, @fields = @edits;
    UPDATE e
    SET after = f.value
    FROM #written_edit AS e
    JOIN #field_values AS f
        ON f.target_kind = e.target_kind AND f.target_key = e.target_key AND f.field = e.field;
    INSERT INTO #write_overrides (target_kind, target_key, field, source, override_id, changed, before, after)
    SELECT e.target_kind, e.target_key, e.field, e.source, v.override_id,
        CASE WHEN EXISTS (SELECT v.value INTERSECT SELECT e.old_value) THEN 0 ELSE 1 END, e.before, e.after
    FROM #written_edit AS e
    LEFT JOIN onto.override AS v
        ON v.ontology_id = @ontology_id AND v.target_kind = e.target_kind AND v.target_key_sha256 = e.target_key_sha256
            AND v.field = e.field AND v.source = e.source;

    -- Edits of a person and an agent about one field change it once.
    SELECT @changes = N'[' + STRING_AGG(CONCAT(N'{"target_kind":', llm.fn_json_string(c.target_kind),
        N',"target_key":', llm.fn_json_string(c.target_key), N',"field":', llm.fn_json_string(c.field),
        N',"before":', COALESCE(c.before, N'null'), N',"after":', COALESCE(c.after, N'null'), N'}'), N',') + N']'
    FROM (SELECT DISTINCT e.target_kind, e.target_key, e.field, e.before, e.after FROM #written_edit AS e) AS c;
    EXEC onto.usp_log_changes @ontology_id = @ontology_id, @changes = @changes, @source = @log_source, @run_id = NULL,
        @dag_id = NULL, @now = @now, @by = @by, @result = @logged OUTPUT;
    IF @logged > 0 EXEC onto.usp_raise_version @ontology_id = @ontology_id, @dag_id = NULL, @now = @now;
END;
