-- Purpose:     write what the answers about tables say of their columns, and log what changed; internal.
-- Parameters:  @ontology_id; @table_keys json array: those whose answer (column_enrichment in onto.answer) counts; @run_id,
--              @dag_id of who writes; @now UTC.
-- Returns:     how many rows of onto.column_feature changed.
-- Errors:      none.
-- Idempotency: the same answers again change nothing.
-- That a column is a key, as its own answer or the schema said, is not overruled by what it does in a query. Labels of its
-- values are replaced where its own answers gave none.
CREATE OR ALTER PROCEDURE onto.usp_write_column_enrichment
    @ontology_id bigint, @table_keys nvarchar(max), @run_id uniqueidentifier, @dag_id bigint, @now datetime2(3),
    @result bigint = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @changes nvarchar(max);
    CREATE TABLE #enriched_column (
        schema_column_id     bigint           NOT NULL PRIMARY KEY,
        target_key           nvarchar(1000)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        classification_path  nvarchar(40)     COLLATE Latin1_General_100_BIN2 NULL,
        model                nvarchar(200)    COLLATE Latin1_General_100_BIN2 NULL,
        run_id               uniqueidentifier NOT NULL,
        answered_at          datetime2(3)     NOT NULL,
        description          nvarchar(max)    COLLATE Latin1_General_100_BIN2 NULL,
        semantic_type        nvarchar(4000)   COLLATE Latin1_General_100_BIN2 NULL,
        role                 nvarchar(4000)   COLLATE Latin1_General_100_BIN2 NULL,
        fk_role              nvarchar(4000)   COLLATE Latin1_General_100_BIN2 NULL,
        synonyms             nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL,
        enum_values          nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL,
        old_description      nvarchar(max)    COLLATE Latin1_General_100_BIN2 NULL,
        old_semantic_type    nvarchar(4000)   COLLATE Latin1_General_100_BIN2 NULL,
        old_role             nvarchar(4000)   COLLATE Latin1_General_100_BIN2 NULL,
        old_fk_role          nvarchar(4000)   COLLATE Latin1_General_100_BIN2 NULL,
        old_synonyms         nvarchar(max)    COLLATE Latin1_General_100_BIN2 NULL,
        old_enum_values      nvarchar(max)    COLLATE Latin1_General_100_BIN2 NULL
    );
    INSERT INTO #enriched_column (schema_column_id, target_key, classification_path, model, run_id, answered_at, description,
        semantic_type, role, fk_role, synonyms, enum_values, old_description, old_semantic_type, old_role, old_fk_role, old_synonyms,
        old_enum_values)
    SELECT c.schema_column_id, CONCAT(t.table_key, N'.', c.column_key), c.classification_path, a.model, a.run_id, a.answered_at,
        w.description, w.semantic_type, CASE WHEN f.role IN (N'primary_key', N'foreign_key') THEN f.role ELSE w.role COLLATE Latin1_General_100_BIN2 END,
        NULLIF(w.fk_role COLLATE Latin1_General_100_BIN2, N''), COALESCE(JSON_QUERY(d.[value], N'$.synonyms'), N'[]'),
        COALESCE(NULLIF(JSON_QUERY(d.[value], N'$.enum_values'), N'[]'), f.enum_values, N'[]'),
        f.description, f.semantic_type, f.role, f.fk_role, f.synonyms, f.enum_values
    FROM OPENJSON(@table_keys) AS k
    JOIN onto.schema_table AS t
        ON t.ontology_id = @ontology_id AND t.table_key = CONVERT(nvarchar(600), k.[value]) COLLATE Latin1_General_100_BIN2
            AND t.dropped_at IS NULL
    JOIN onto.answer AS a
        ON a.ontology_id = @ontology_id AND a.job_type = N'column_enrichment'
            AND a.subject_key_sha256 = CONVERT(binary(32), HASHBYTES('SHA2_256', CONVERT(nvarchar(4000), t.table_key)))
    CROSS APPLY OPENJSON(a.answer, '$.columns') AS d
    CROSS APPLY OPENJSON(d.[value]) WITH (
        name nvarchar(4000) '$.name', description nvarchar(max) '$.description', semantic_type nvarchar(max) '$.semantic_type',
        role nvarchar(max) '$.role', fk_role nvarchar(max) '$.fk_role') AS w
    JOIN onto.schema_column AS c
        ON c.schema_table_id = t.schema_table_id AND c.column_key = w.name COLLATE Latin1_General_100_BIN2 AND c.dropped_at IS NULL
    LEFT JOIN onto.column_feature AS f ON f.schema_column_id = c.schema_column_id;
    -- Answers are kept in one form: what is read of them has it already, but where a server writes json anew.
    UPDATE #enriched_column
    SET synonyms = llm.fn_json_text(synonyms)
    WHERE synonyms <> N'[]' AND (old_synonyms IS NULL OR synonyms <> old_synonyms);
    UPDATE #enriched_column
    SET enum_values = llm.fn_json_text(enum_values)
    WHERE enum_values <> N'[]' AND (old_enum_values IS NULL OR enum_values <> old_enum_values);

    UPDATE f
    SET description = r.description, semantic_type = r.semantic_type, role = r.role, fk_role = r.fk_role, synonyms = r.synonyms,
        enum_values = r.enum_values, updated_at = @now
    FROM #enriched_column AS r
    JOIN onto.column_feature AS f ON f.schema_column_id = r.schema_column_id
    WHERE NOT EXISTS (
        SELECT f.description, f.semantic_type, f.role, f.fk_role, f.synonyms, f.enum_values
        INTERSECT
        SELECT r.description, r.semantic_type, r.role, r.fk_role, r.synonyms, r.enum_values)
    -- One after the other by number, however small the table is: features of other columns are not waited for.
    OPTION (LOOP JOIN, FORCE ORDER, MAXDOP 1);
    SET @result = @@ROWCOUNT;
    INSERT INTO onto.column_feature (schema_column_id, classification_path, description, semantic_type, role, fk_role, synonyms,
        enum_values, model, run_id, analyzed_at, updated_at)
    SELECT r.schema_column_id, COALESCE(r.classification_path, N'unknown'), r.description, r.semantic_type, r.role, r.fk_role,
        r.synonyms, r.enum_values, r.model, r.run_id, r.answered_at, @now
    FROM #enriched_column AS r
    WHERE NOT EXISTS (
        SELECT 1 FROM onto.column_feature AS f WITH (UPDLOCK, HOLDLOCK) WHERE f.schema_column_id = r.schema_column_id)
    ORDER BY r.schema_column_id
    OPTION (LOOP JOIN, FORCE ORDER, MAXDOP 1);
    SET @result += @@ROWCOUNT;

    SELECT @changes = CONCAT(N'[', STRING_AGG(CONCAT(N'{"target_kind":"column","target_key":', llm.fn_json_string(v.target_key),
        N',"field":"', v.field, N'","before":', COALESCE(v.before, N'null'), N',"after":', COALESCE(v.after, N'null'), N'}'), N','), N']')
    FROM (
        SELECT r.target_key, n.field COLLATE Latin1_General_100_BIN2 AS field, COALESCE(n.old_json, llm.fn_json_string(n.old_text)) AS before,
            COALESCE(n.new_json, llm.fn_json_string(n.new_text)) AS after
        FROM #enriched_column AS r
        CROSS APPLY (VALUES
            (N'description', r.old_description, r.description, CONVERT(nvarchar(max), NULL), CONVERT(nvarchar(max), NULL)),
            (N'semantic_type', r.old_semantic_type, r.semantic_type, NULL, NULL), (N'role', r.old_role, r.role, NULL, NULL),
            (N'fk_role', r.old_fk_role, r.fk_role, NULL, NULL),
            (N'synonyms', NULL, NULL, r.old_synonyms, r.synonyms), (N'enum_values', NULL, NULL, r.old_enum_values, r.enum_values)
        ) AS n (field, old_text, new_text, old_json, new_json)
    ) AS v
    WHERE COALESCE(v.before, N'[]') COLLATE Latin1_General_100_BIN2 <> COALESCE(v.after, N'[]');
    EXEC onto.usp_log_changes @ontology_id = @ontology_id, @changes = @changes, @source = N'inferred', @run_id = @run_id,
        @dag_id = @dag_id, @now = @now;
END;
