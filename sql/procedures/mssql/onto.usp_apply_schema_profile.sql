-- Purpose:     bring the tables and columns of an ontology to what the catalogs of its datasource say now; internal, the facts
--              of the plan of SchemaProfile.
-- Parameters:  @ontology_id; @facts {is_whole: false if only some tables were looked at, visible_tables, declared_foreign_keys,
--              skipped: [{table_key, reason}], tables: [rows of onto.schema_table with columns: [rows of onto.schema_column]]
--              those that are new or changed, kept: [table_key] those that are as they were, sensitive: [subject_key] columns
--              that the datasource calls so}; @run_id, @dag_id; @now UTC.
-- Returns:     {tables_added, tables_dropped, tables_altered, columns_added, columns_dropped, columns_altered}.
-- Errors:      none.
-- Idempotency: the same facts again change nothing.
-- What is gone stays with dropped_at, and with it what people said of it; what comes again is revived.
CREATE OR ALTER PROCEDURE onto.usp_apply_schema_profile
    @ontology_id bigint, @facts nvarchar(max), @run_id uniqueidentifier, @dag_id bigint, @now datetime2(3),
    @result nvarchar(max) = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @tables nvarchar(max), @kept nvarchar(max), @is_whole bit, @sensitive nvarchar(max), @visible_tables int,
        @declared_foreign_keys int, @skipped nvarchar(max), @changes nvarchar(max), @edits nvarchar(max), @came nvarchar(max),
        @print nvarchar(64), @hash binary(32), @held_id bigint = @ontology_id;
    CREATE TABLE #given_table (
        table_key         nvarchar(600) COLLATE Latin1_General_100_BIN2 NOT NULL,
        schema_name       nvarchar(128) COLLATE Latin1_General_100_BIN2 NULL,
        table_name        nvarchar(128) COLLATE Latin1_General_100_BIN2 NULL,
        kind              nvarchar(40)  COLLATE Latin1_General_100_BIN2 NULL,
        partition_of      nvarchar(600) COLLATE Latin1_General_100_BIN2 NULL,
        comment           nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL,
        primary_key       nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
        unique_keys       nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
        foreign_keys      nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
        indexes           nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
        row_estimate      bigint        NULL,
        structure_sha256  nvarchar(64)  COLLATE Latin1_General_100_BIN2 NULL,
        columns           nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL,
        PRIMARY KEY NONCLUSTERED (table_key)
    );
    CREATE TABLE #given_column (
        schema_table_id   bigint        NOT NULL,
        column_key        nvarchar(300) COLLATE Latin1_General_100_BIN2 NOT NULL,
        table_key         nvarchar(600) COLLATE Latin1_General_100_BIN2 NOT NULL,
        column_name       nvarchar(128) COLLATE Latin1_General_100_BIN2 NULL,
        ordinal           int           NULL,
        data_type         nvarchar(1000) COLLATE Latin1_General_100_BIN2 NULL,
        type_family       nvarchar(40)  COLLATE Latin1_General_100_BIN2 NULL,
        is_nullable       bit           NULL,
        is_computed       bit           NOT NULL,
        is_identity       bit           NOT NULL,
        column_default    nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL,
        comment           nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL,
        enum_labels       nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL,
        structure_sha256  nvarchar(64)  COLLATE Latin1_General_100_BIN2 NULL,
        PRIMARY KEY (schema_table_id, column_key)
    );
    CREATE TABLE #changed_field (
        target_kind  nvarchar(40)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        target_key   nvarchar(902) COLLATE Latin1_General_100_BIN2 NOT NULL,
        field        nvarchar(40)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        came         bit           NOT NULL
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
        target_kind  nvarchar(40)   COLLATE Latin1_General_100_BIN2 NULL,
        target_key   nvarchar(4000) COLLATE Latin1_General_100_BIN2 NULL,
        field        nvarchar(100)  COLLATE Latin1_General_100_BIN2 NULL,
        source       nvarchar(40)   COLLATE Latin1_General_100_BIN2 NULL,
        override_id  bigint         NULL,
        changed      bit            NULL,
        before       nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        after        nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL
    );
    SELECT @tables = COALESCE(JSON_QUERY(@facts, N'$.tables'), N'[]'), @kept = COALESCE(JSON_QUERY(@facts, N'$.kept'), N'[]'),
        @sensitive = JSON_QUERY(@facts, N'$.sensitive'), @skipped = llm.fn_json_text(JSON_QUERY(@facts, N'$.skipped'));
    SELECT @is_whole = COALESCE(f.is_whole, 1), @visible_tables = f.visible_tables, @declared_foreign_keys = f.declared_foreign_keys
    FROM OPENJSON(@facts) WITH (
        is_whole bit '$.is_whole', visible_tables int '$.visible_tables', declared_foreign_keys int '$.declared_foreign_keys') AS f;
    -- Before any value of them is read, and before any row is locked: what is being routed is waited for.
    IF EXISTS (SELECT 1 FROM OPENJSON(@sensitive))
        EXEC onto.usp_hold_ontology @mode = N'Exclusive', @ontology_id = @held_id OUTPUT;
    EXEC onto.fn_schema_changes @ontology_id = @ontology_id, @tables = @tables, @kept = @kept, @is_whole = @is_whole,
        @result = @changes OUTPUT;
    INSERT INTO #changed_field (target_kind, target_key, field, came)
    SELECT c.target_kind, c.target_key, c.field, IIF(c.field = N'exists' AND c.after = N'true', 1, 0)
    FROM OPENJSON(@changes) WITH (
        target_kind nvarchar(40) '$.target_kind', target_key nvarchar(902) '$.target_key', field nvarchar(40) '$.field',
        after nvarchar(max) '$.after') AS c;

    -- Nobody else writes tables or columns: who called holds the ontology, one plan at a time.
    UPDATE t
    SET dropped_at = @now, updated_at = @now
    FROM onto.schema_table AS t
    JOIN #changed_field AS c ON c.target_key = t.table_key AND c.target_kind = N'table' AND c.field = N'exists' AND c.came = 0
    WHERE t.ontology_id = @ontology_id;

    INSERT INTO #given_table (table_key, schema_name, table_name, kind, partition_of, comment, primary_key, unique_keys, foreign_keys,
        indexes, row_estimate, structure_sha256, columns)
    SELECT r.table_key, r.schema_name, r.table_name, r.kind, r.partition_of, r.comment, COALESCE(JSON_QUERY(d.[value], N'$.primary_key'), N'[]'),
        COALESCE(JSON_QUERY(d.[value], N'$.unique_keys'), N'[]'), COALESCE(JSON_QUERY(d.[value], N'$.foreign_keys'), N'[]'),
        COALESCE(JSON_QUERY(d.[value], N'$.indexes'), N'[]'), r.row_estimate, r.structure_sha256, JSON_QUERY(d.[value], N'$.columns')
    FROM OPENJSON(@tables) AS d
    CROSS APPLY OPENJSON(d.[value]) WITH (
        table_key nvarchar(600) '$.table_key', schema_name nvarchar(max) '$.schema_name', table_name nvarchar(max) '$.table_name',
        kind nvarchar(40) '$.kind', partition_of nvarchar(max) '$.partition_of', comment nvarchar(max) '$.comment',
        row_estimate bigint '$.row_estimate', structure_sha256 nvarchar(max) '$.structure_sha256') AS r;
    UPDATE t
    SET kind = g.kind, partition_of = g.partition_of, comment = g.comment, primary_key = g.primary_key, unique_keys = g.unique_keys,
        foreign_keys = g.foreign_keys, indexes = g.indexes, row_estimate = g.row_estimate, structure_sha256 = g.structure_sha256,
        profile_status = CASE WHEN t.structure_sha256 = g.structure_sha256 AND t.dropped_at IS NULL THEN t.profile_status
            WHEN g.kind = N'partition' THEN N'SKIPPED' ELSE N'PENDING' END,
        profile_message = CASE WHEN t.structure_sha256 = g.structure_sha256 AND t.dropped_at IS NULL THEN t.profile_message
            WHEN g.kind = N'partition' THEN N'it is profiled with ' + g.partition_of END,
        updated_at = @now, dropped_at = NULL
    FROM onto.schema_table AS t
    JOIN #given_table AS g ON g.table_key = t.table_key
    WHERE t.ontology_id = @ontology_id
      AND NOT EXISTS (
          SELECT t.kind, t.partition_of, t.comment, t.primary_key, t.unique_keys, t.foreign_keys, t.indexes, t.row_estimate,
              t.structure_sha256, t.dropped_at
          INTERSECT
          SELECT g.kind, g.partition_of, g.comment, g.primary_key, g.unique_keys, g.foreign_keys, g.indexes, g.row_estimate,
              g.structure_sha256, CONVERT(datetime2(3), NULL));
    INSERT INTO onto.schema_table (ontology_id, table_key, schema_name, table_name, kind, partition_of, comment, primary_key,
        unique_keys, foreign_keys, indexes, row_estimate, structure_sha256, profile_status, profile_message, created_at, updated_at)
    SELECT @ontology_id, g.table_key, g.schema_name, g.table_name, g.kind, g.partition_of, g.comment, g.primary_key, g.unique_keys,
        g.foreign_keys, g.indexes, g.row_estimate, g.structure_sha256, IIF(g.kind = N'partition', N'SKIPPED', N'PENDING'),
        CASE WHEN g.kind = N'partition' THEN N'it is profiled with ' + g.partition_of END, @now, @now
    FROM #given_table AS g
    WHERE NOT EXISTS (
        SELECT 1 FROM onto.schema_table AS t WHERE t.ontology_id = @ontology_id AND t.table_key = g.table_key)
    ORDER BY g.table_key;

    INSERT INTO #given_column (schema_table_id, column_key, table_key, column_name, ordinal, data_type, type_family, is_nullable,
        is_computed, is_identity, column_default, comment, enum_labels, structure_sha256)
    SELECT t.schema_table_id, k.column_key, t.table_key, k.column_name, k.ordinal, k.data_type, k.type_family, k.is_nullable,
        COALESCE(k.is_computed, 0), COALESCE(k.is_identity, 0), k.column_default, k.comment, JSON_QUERY(d.[value], N'$.enum_labels'),
        k.structure_sha256
    FROM #given_table AS g
    JOIN onto.schema_table AS t ON t.ontology_id = @ontology_id AND t.table_key = g.table_key
    CROSS APPLY OPENJSON(g.columns) AS d
    CROSS APPLY OPENJSON(d.[value]) WITH (
        column_key nvarchar(300) '$.column_key', column_name nvarchar(max) '$.column_name', ordinal int '$.ordinal',
        data_type nvarchar(max) '$.data_type', type_family nvarchar(40) '$.type_family', is_nullable bit '$.is_nullable',
        is_computed bit '$.is_computed', is_identity bit '$.is_identity', column_default nvarchar(max) '$.column_default',
        comment nvarchar(max) '$.comment',
        structure_sha256 nvarchar(max) '$.structure_sha256') AS k;
    UPDATE c
    SET ordinal = k.ordinal, data_type = k.data_type, type_family = k.type_family, is_nullable = k.is_nullable,
        is_computed = k.is_computed, is_identity = k.is_identity, column_default = k.column_default, comment = k.comment,
        enum_labels = k.enum_labels, structure_sha256 = k.structure_sha256, updated_at = @now, dropped_at = NULL
    FROM onto.schema_column AS c
    JOIN #given_column AS k ON k.schema_table_id = c.schema_table_id AND k.column_key = c.column_key
    WHERE NOT EXISTS (
        SELECT c.ordinal, c.data_type, c.type_family, c.is_nullable, c.is_computed, c.is_identity, c.column_default, c.comment,
            c.enum_labels, c.structure_sha256, c.dropped_at
        INTERSECT
        SELECT k.ordinal, k.data_type, k.type_family, k.is_nullable, k.is_computed, k.is_identity, k.column_default, k.comment,
            k.enum_labels, k.structure_sha256, CONVERT(datetime2(3), NULL));
    INSERT INTO onto.schema_column (schema_table_id, column_key, column_name, ordinal, data_type, type_family, is_nullable, is_computed,
        is_identity, column_default, comment, enum_labels, structure_sha256, created_at, updated_at)
    SELECT k.schema_table_id, k.column_key, k.column_name, k.ordinal, k.data_type, k.type_family, k.is_nullable, k.is_computed,
        k.is_identity, k.column_default, k.comment, k.enum_labels, k.structure_sha256, @now, @now
    FROM #given_column AS k
    WHERE NOT EXISTS (
        SELECT 1 FROM onto.schema_column AS c WHERE c.schema_table_id = k.schema_table_id AND c.column_key = k.column_key)
    ORDER BY k.table_key, k.ordinal;
    UPDATE c
    SET dropped_at = @now, updated_at = @now
    FROM onto.schema_column AS c
    JOIN onto.schema_table AS t ON t.schema_table_id = c.schema_table_id
    JOIN #given_table AS g ON g.table_key = t.table_key
    WHERE t.ontology_id = @ontology_id AND c.dropped_at IS NULL
      AND NOT EXISTS (
          SELECT 1 FROM #given_column AS k WHERE k.schema_table_id = c.schema_table_id AND k.column_key = c.column_key);

    -- A person may have said otherwise of one.
    SELECT @edits = N'[' + STRING_AGG(CONCAT(N'{"target_kind":"column","target_key":', llm.fn_json_string(k.[value]),
        N',"field":"is_sensitive","source":"human","value":true}'), N',')
        WITHIN GROUP (ORDER BY k.[value] COLLATE Latin1_General_100_BIN2) + N']'
    FROM OPENJSON(@sensitive) AS k
    WHERE NOT EXISTS (
        SELECT 1 FROM onto.override AS v
        WHERE v.ontology_id = @ontology_id AND v.target_kind = N'column'
          AND v.target_key_sha256 = CONVERT(binary(32), HASHBYTES('SHA2_256', CONVERT(nvarchar(4000), k.[value])))
          AND v.field = N'is_sensitive' AND v.source = N'human');
    IF @edits IS NOT NULL
        EXEC onto.usp_write_overrides @ontology_id = @ontology_id, @edits = @edits, @log_source = N'human',
            @by = N'datasource options', @now = @now;

    SELECT @came = CONCAT(N'[', STRING_AGG(llm.fn_json_string(c.target_key), N','), N']')
    FROM #changed_field AS c
    WHERE c.target_kind = N'table' AND c.came = 1;
    EXEC onto.usp_drop_dependents @ontology_id = @ontology_id, @came = @came, @run_id = @run_id, @dag_id = @dag_id, @now = @now;

    SELECT @hash = CONVERT(binary(32), HASHBYTES('SHA2_256', STRING_AGG(CONVERT(nvarchar(max), CONCAT(t.table_key, N' ', t.structure_sha256)),
        NCHAR(10)) WITHIN GROUP (ORDER BY t.table_key)))
    FROM onto.schema_table AS t
    WHERE t.ontology_id = @ontology_id AND t.dropped_at IS NULL;
    SET @print = COALESCE(llm.fn_hex(@hash), N'');
    IF EXISTS (SELECT 1 FROM onto.ontology AS o WHERE o.ontology_id = @ontology_id AND o.fingerprint <> @print)
        EXEC onto.usp_raise_version @ontology_id = @ontology_id, @dag_id = @dag_id, @now = @now;
    UPDATE o
    SET fingerprint = @print, changed_at = IIF(o.fingerprint = @print, o.changed_at, @now),
        visible_tables = COALESCE(@visible_tables, o.visible_tables),
        declared_foreign_keys = COALESCE(@declared_foreign_keys, o.declared_foreign_keys), skipped = COALESCE(@skipped, o.skipped),
        updated_at = @now
    FROM onto.ontology AS o
    WHERE o.ontology_id = @ontology_id
      AND NOT EXISTS (
          SELECT o.fingerprint, o.visible_tables, o.declared_foreign_keys, o.skipped
          INTERSECT
          SELECT @print, COALESCE(@visible_tables, o.visible_tables), COALESCE(@declared_foreign_keys, o.declared_foreign_keys),
              COALESCE(@skipped, o.skipped));

    EXEC onto.usp_log_changes @ontology_id = @ontology_id, @changes = @changes, @source = N'schema', @run_id = @run_id,
        @dag_id = @dag_id, @now = @now;
    SELECT @result = CONCAT(
        N'{"tables_added":', COUNT(CASE WHEN c.target_kind = N'table' AND c.field = N'exists' AND c.came = 1 THEN 1 END),
        N',"tables_dropped":', COUNT(CASE WHEN c.target_kind = N'table' AND c.field = N'exists' AND c.came = 0 THEN 1 END),
        N',"tables_altered":', COUNT(DISTINCT CASE WHEN c.target_kind = N'table' AND c.field <> N'exists' THEN c.target_key END),
        N',"columns_added":', COUNT(CASE WHEN c.target_kind = N'column' AND c.field = N'exists' AND c.came = 1 THEN 1 END),
        N',"columns_dropped":', COUNT(CASE WHEN c.target_kind = N'column' AND c.field = N'exists' AND c.came = 0 THEN 1 END),
        N',"columns_altered":', COUNT(DISTINCT CASE WHEN c.target_kind = N'column' AND c.field <> N'exists' THEN c.target_key END), N'}')
    FROM #changed_field AS c;
END;
