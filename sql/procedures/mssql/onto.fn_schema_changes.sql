-- Purpose:     how the tables and columns of an ontology differ from what the catalogs say; internal. A procedure: it puts the
--              documents into temporary tables.
-- Parameters:  @ontology_id; @tables new and changed tables with their columns, @kept keys of those that are as they were, as
--              onto.usp_apply_schema_profile takes them; @is_whole: what is in neither is gone.
-- Returns:     json array of {target_kind, target_key, field, before, after}; of what came or went the field is exists, and the
--              columns of a table that came or went are not listed.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE onto.fn_schema_changes
    @ontology_id bigint, @tables nvarchar(max), @kept nvarchar(max), @is_whole bit, @result nvarchar(max) = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    CREATE TABLE #said_table (
        table_key        nvarchar(600) COLLATE Latin1_General_100_BIN2 NOT NULL,
        schema_table_id  bigint        NULL,
        document         nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
        columns          nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL,
        PRIMARY KEY NONCLUSTERED (table_key)
    );
    -- Of the tables that are known; of others no column is listed.
    CREATE TABLE #said_column (
        schema_table_id  bigint        NOT NULL,
        column_key       nvarchar(300) COLLATE Latin1_General_100_BIN2 NOT NULL,
        table_key        nvarchar(600) COLLATE Latin1_General_100_BIN2 NOT NULL,
        data_type        nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL,
        is_nullable      nvarchar(5)   COLLATE Latin1_General_100_BIN2 NULL,
        is_computed      nvarchar(5)   COLLATE Latin1_General_100_BIN2 NULL,
        is_identity      nvarchar(5)   COLLATE Latin1_General_100_BIN2 NULL,
        column_default   nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL,
        comment          nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL,
        enum_labels      nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL,
        PRIMARY KEY (schema_table_id, column_key)
    );
    CREATE TABLE #kept_table (
        table_key  nvarchar(600) COLLATE Latin1_General_100_BIN2 NOT NULL,
        PRIMARY KEY NONCLUSTERED (table_key)
    );
    CREATE TABLE #schema_change (
        target_kind  nvarchar(40)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        target_key   nvarchar(902) COLLATE Latin1_General_100_BIN2 NOT NULL,
        field        nvarchar(40)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        before       nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL,
        after        nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL
    );
    INSERT INTO #said_table (table_key, schema_table_id, document, columns)
    SELECT w.table_key, t.schema_table_id, r.[value], JSON_QUERY(r.[value], N'$.columns')
    FROM OPENJSON(@tables) AS r
    CROSS APPLY OPENJSON(r.[value]) WITH (table_key nvarchar(600) '$.table_key') AS w
    LEFT JOIN onto.schema_table AS t
        ON t.ontology_id = @ontology_id AND t.table_key = w.table_key COLLATE Latin1_General_100_BIN2 AND t.dropped_at IS NULL;
    INSERT INTO #said_column (schema_table_id, column_key, table_key, data_type, is_nullable, is_computed, is_identity, column_default,
        comment, enum_labels)
    SELECT g.schema_table_id, k.column_key, g.table_key, llm.fn_json_string(k.data_type), k.is_nullable, k.is_computed, k.is_identity,
        llm.fn_json_string(k.column_default), llm.fn_json_string(k.comment), JSON_QUERY(d.[value], N'$.enum_labels')
    FROM #said_table AS g
    CROSS APPLY OPENJSON(g.columns) AS d
    CROSS APPLY OPENJSON(d.[value]) WITH (
        column_key nvarchar(300) '$.column_key', data_type nvarchar(max) '$.data_type', is_nullable nvarchar(5) '$.is_nullable',
        is_computed nvarchar(5) '$.is_computed', is_identity nvarchar(5) '$.is_identity', column_default nvarchar(max) '$.column_default',
        comment nvarchar(max) '$.comment') AS k
    WHERE g.schema_table_id IS NOT NULL;

    INSERT INTO #schema_change (target_kind, target_key, field, before, after)
    SELECT N'table', g.table_key, N'exists', N'false', N'true'
    FROM #said_table AS g
    WHERE g.schema_table_id IS NULL;
    INSERT INTO #kept_table (table_key)
    SELECT DISTINCT CONVERT(nvarchar(600), k.[value]) COLLATE Latin1_General_100_BIN2
    FROM OPENJSON(@kept) AS k
    WHERE k.[value] IS NOT NULL;
    IF @is_whole = 1
        INSERT INTO #schema_change (target_kind, target_key, field, before, after)
        SELECT N'table', t.table_key, N'exists', N'true', N'false'
        FROM onto.schema_table AS t
        WHERE t.ontology_id = @ontology_id AND t.dropped_at IS NULL
          AND NOT EXISTS (SELECT 1 FROM #said_table AS g WHERE g.table_key = t.table_key)
          AND NOT EXISTS (SELECT 1 FROM #kept_table AS k WHERE k.table_key = t.table_key);
    INSERT INTO #schema_change (target_kind, target_key, field, before, after)
    SELECT N'table', g.table_key, v.field, v.before, v.after
    FROM #said_table AS g
    JOIN onto.schema_table AS t ON t.schema_table_id = g.schema_table_id
    CROSS APPLY OPENJSON(g.document) WITH (
        kind nvarchar(max) '$.kind', partition_of nvarchar(max) '$.partition_of', comment nvarchar(max) '$.comment') AS w
    CROSS APPLY (VALUES
        (N'kind', llm.fn_json_string(t.kind), llm.fn_json_string(w.kind)),
        (N'partition_of', llm.fn_json_string(t.partition_of), llm.fn_json_string(w.partition_of)),
        (N'comment', llm.fn_json_string(t.comment), llm.fn_json_string(w.comment)),
        (N'primary_key', t.primary_key, JSON_QUERY(g.document, N'$.primary_key')),
        (N'unique_keys', t.unique_keys, JSON_QUERY(g.document, N'$.unique_keys')),
        (N'foreign_keys', t.foreign_keys, JSON_QUERY(g.document, N'$.foreign_keys')),
        (N'indexes', t.indexes, JSON_QUERY(g.document, N'$.indexes'))
    ) AS v (field, before, after)
    WHERE NOT EXISTS (
        SELECT v.before COLLATE Latin1_General_100_BIN2 INTERSECT SELECT v.after COLLATE Latin1_General_100_BIN2);
    INSERT INTO #schema_change (target_kind, target_key, field, before, after)
    SELECT N'column', CONCAT(g.table_key, N'.', g.column_key), N'exists', N'false', N'true'
    FROM #said_column AS g
    WHERE NOT EXISTS (
        SELECT 1 FROM onto.schema_column AS c
        WHERE c.schema_table_id = g.schema_table_id AND c.column_key = g.column_key AND c.dropped_at IS NULL)
    UNION ALL
    SELECT N'column', CONCAT(g.table_key, N'.', c.column_key), N'exists', N'true', N'false'
    FROM #said_table AS g
    JOIN onto.schema_column AS c ON c.schema_table_id = g.schema_table_id AND c.dropped_at IS NULL
    WHERE NOT EXISTS (
        SELECT 1 FROM #said_column AS k WHERE k.schema_table_id = c.schema_table_id AND k.column_key = c.column_key);
    INSERT INTO #schema_change (target_kind, target_key, field, before, after)
    SELECT N'column', CONCAT(g.table_key, N'.', g.column_key), v.field, v.before, v.after
    FROM #said_column AS g
    JOIN onto.schema_column AS c
        ON c.schema_table_id = g.schema_table_id AND c.column_key = g.column_key AND c.dropped_at IS NULL
    CROSS APPLY (VALUES
        (N'data_type', llm.fn_json_string(c.data_type), g.data_type),
        (N'is_nullable', IIF(c.is_nullable = 1, N'true', N'false'), g.is_nullable),
        (N'is_computed', IIF(c.is_computed = 1, N'true', N'false'), g.is_computed),
        (N'is_identity', IIF(c.is_identity = 1, N'true', N'false'), g.is_identity),
        (N'column_default', llm.fn_json_string(c.column_default), g.column_default),
        (N'comment', llm.fn_json_string(c.comment), g.comment), (N'enum_labels', c.enum_labels, g.enum_labels)
    ) AS v (field, before, after)
    WHERE NOT EXISTS (
        SELECT v.before COLLATE Latin1_General_100_BIN2 INTERSECT SELECT v.after COLLATE Latin1_General_100_BIN2);

    SELECT @result = CONCAT(N'[', STRING_AGG(CONCAT(N'{"target_kind":"', c.target_kind, N'","target_key":', llm.fn_json_string(c.target_key),
        N',"field":"', c.field, N'","before":', COALESCE(c.before, N'null'), N',"after":', COALESCE(c.after, N'null'), N'}'), N',')
        WITHIN GROUP (ORDER BY c.target_kind DESC, c.target_key, c.field), N']')
    FROM #schema_change AS c;
END;
