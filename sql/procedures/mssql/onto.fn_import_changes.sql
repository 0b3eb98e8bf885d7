-- Purpose:     how what people said of an ontology differs from a document of it, and what an import makes of that; internal.
-- Parameters:  @ontology_id, null for one that is not there yet; @document, @prefer, @prune as in onto.usp_import_ontology.
-- Returns:     rows in the caller's #import_changes: part (edit, term, fact), target_kind, target_key (of a term its key, of a fact what it is about), field, source,
--              action (add, change, remove, conflict; wait: an edit of what is not there (yet), which is kept until it is), before,
--              after. What is the same is not listed. The caller's #field_values is what onto.fn_field_values fills.
-- Errors:      none.
-- Idempotency: reads only.
-- A procedure: each of its steps reads what the one before found, which a function would compute again and again.
CREATE OR ALTER PROCEDURE onto.fn_import_changes
    @ontology_id bigint, @document nvarchar(max), @prefer nvarchar(40), @prune bit
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @edits nvarchar(max) = JSON_QUERY(@document, '$.edits');
    CREATE TABLE #given_edit (
        target_kind        nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        target_key         nvarchar(4000) COLLATE Latin1_General_100_BIN2 NOT NULL,
        target_key_sha256  binary(32)     NOT NULL,
        field              nvarchar(100)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        source             nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        value              nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        based_on           nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        can_be_set         bit            NOT NULL,
        PRIMARY KEY (target_kind, target_key_sha256, field, source)
    );
    DECLARE @term TABLE (
        term_key  nvarchar(400) COLLATE Latin1_General_100_BIN2 NOT NULL,
        is_given  bit           NOT NULL,
        source    nvarchar(40)  COLLATE Latin1_General_100_BIN2 NULL,
        document  nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
        PRIMARY KEY (term_key, is_given)
    );
    DECLARE @fact TABLE (
        about     nvarchar(4000) COLLATE Latin1_General_100_BIN2 NOT NULL,
        fact      nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        is_given  bit            NOT NULL
    );

    INSERT INTO #given_edit (target_kind, target_key, target_key_sha256, field, source, value, based_on, can_be_set)
    SELECT w.target_kind, w.target_key, CONVERT(binary(32), HASHBYTES('SHA2_256', CONVERT(nvarchar(4000), w.target_key))), w.field,
        w.source, v.value, NULLIF(v.based_on, N'null'),
        -- A relationship that nobody found here is made, if its columns are there.
        CASE WHEN w.target_kind = N'relationship' AND w.field = N'status' AND v.value = N'"accepted"'
            AND LEFT(w.from_columns, 1) = N'[' AND LEFT(w.to_columns, 1) = N'[' AND NOT EXISTS (
                SELECT 1
                FROM (
                    SELECT w.from_table AS table_key, f.[value] AS column_key
                    FROM OPENJSON(CASE WHEN LEFT(w.from_columns, 1) = N'[' THEN w.from_columns END) AS f
                    UNION ALL
                    SELECT w.to_table, t.[value] FROM OPENJSON(CASE WHEN LEFT(w.to_columns, 1) = N'[' THEN w.to_columns END) AS t
                ) AS n
                WHERE NOT EXISTS (
                    SELECT 1
                    FROM onto.schema_table AS s
                    JOIN onto.schema_column AS c ON c.schema_table_id = s.schema_table_id
                    WHERE s.ontology_id = @ontology_id AND s.table_key = n.table_key COLLATE Latin1_General_100_BIN2
                      AND c.column_key = n.column_key COLLATE Latin1_General_100_BIN2
                      AND s.dropped_at IS NULL AND c.dropped_at IS NULL)) THEN 1 ELSE 0 END
    FROM OPENJSON(@edits) AS e
    CROSS APPLY OPENJSON(e.[value]) WITH (
        target_kind nvarchar(40) '$.target_kind', target_key nvarchar(max) '$.target_key', field nvarchar(100) '$.field',
        source nvarchar(40) '$.source', from_table nvarchar(4000) '$.from_table', from_columns nvarchar(max) '$.from_columns' AS JSON,
        to_table nvarchar(4000) '$.to_table', to_columns nvarchar(max) '$.to_columns' AS JSON) AS w
    CROSS APPLY (
        SELECT MAX(CASE x.[key] WHEN N'value' THEN j.document END) AS value,
            MAX(CASE x.[key] WHEN N'based_on' THEN j.document END) AS based_on
        FROM OPENJSON(e.[value]) AS x
        CROSS APPLY (
            SELECT CASE WHEN x.[type] = 0 THEN N'null' WHEN x.[type] = 1 THEN llm.fn_json_string(x.[value])
                WHEN x.[type] IN (4, 5) THEN llm.fn_json_text(x.[value]) ELSE x.[value] END AS document
        ) AS j
        WHERE x.[key] IN (N'value', N'based_on')
    ) AS v;
    EXEC onto.fn_field_values @ontology_id = @ontology_id, @fields = @edits;
    UPDATE g
    SET can_be_set = 1
    FROM #given_edit AS g
    JOIN #field_values AS f
        ON f.target_kind = g.target_kind AND f.target_key = g.target_key AND f.field = g.field
    WHERE f.is_known = 1;
    INSERT INTO #import_changes (part, target_kind, target_key, field, source, action, before, after)
    SELECT N'edit', c.target_kind, c.target_key, c.field, c.source, c.action, c.before, c.after
    FROM (
        SELECT g.target_kind, g.target_key, g.field, g.source, v.value AS before, g.value AS after,
            CASE
                WHEN v.field IS NULL THEN IIF(g.can_be_set = 1, N'add', N'wait')
                WHEN v.value = g.value THEN CASE
                    WHEN @prefer = N'document' AND NOT EXISTS (SELECT v.based_on INTERSECT SELECT g.based_on) THEN N'change' END
                WHEN @prefer = N'document' THEN N'change'
                WHEN @prefer IS NULL THEN N'conflict' END AS action
        FROM #given_edit AS g
        LEFT JOIN onto.override AS v
            ON v.ontology_id = @ontology_id AND v.target_kind = g.target_kind AND v.target_key_sha256 = g.target_key_sha256
                AND v.field = g.field AND v.source = g.source
        UNION ALL
        SELECT v.target_kind, v.target_key, v.field, v.source, v.value, NULL, N'remove'
        FROM onto.override AS v
        WHERE @prune = 1 AND v.ontology_id = @ontology_id AND NOT EXISTS (
            SELECT 1 FROM #given_edit AS g
            WHERE g.target_kind = v.target_kind AND g.target_key_sha256 = v.target_key_sha256 AND g.field = v.field
              AND g.source = v.source)
    ) AS c
    WHERE c.action IS NOT NULL;

    -- Both sides written alike, to be compared as they stand.
    INSERT INTO @term (term_key, is_given, source, document)
    SELECT t.term_key, 1, v.source, CONCAT(N'{"term":', llm.fn_json_string(onto.fn_term_name(v.term)),
        N',"definition":', COALESCE(v.definition, N'null'), N',"sql_pattern":', COALESCE(v.sql_pattern, N'null'),
        N',"base_table":', COALESCE(v.base_table, N'null'), N',"columns_used":', COALESCE(NULLIF(v.columns_used, N'null'), N'[]'),
        N',"filters":', COALESCE(NULLIF(v.filters, N'null'), N'[]'), N',"aggregation":', COALESCE(v.aggregation, N'null'),
        N',"source":', llm.fn_json_string(v.source), N',"aliases":', onto.fn_term_aliases(t.term_key, v.aliases), N'}')
    FROM OPENJSON(@document, '$.glossary') AS g
    CROSS APPLY (
        SELECT MAX(CASE x.[key] WHEN N'term' THEN x.[value] END) AS term,
            MAX(CASE x.[key] WHEN N'source' THEN x.[value] END) AS source,
            MAX(CASE x.[key] WHEN N'definition' THEN j.document END) AS definition,
            MAX(CASE x.[key] WHEN N'sql_pattern' THEN j.document END) AS sql_pattern,
            MAX(CASE x.[key] WHEN N'base_table' THEN j.document END) AS base_table,
            MAX(CASE x.[key] WHEN N'columns_used' THEN j.document END) AS columns_used,
            MAX(CASE x.[key] WHEN N'filters' THEN j.document END) AS filters,
            MAX(CASE x.[key] WHEN N'aggregation' THEN j.document END) AS aggregation,
            MAX(CASE x.[key] WHEN N'aliases' THEN x.[value] END) AS aliases
        FROM OPENJSON(g.[value]) AS x
        CROSS APPLY (
            SELECT CASE WHEN x.[type] = 0 THEN N'null' WHEN x.[type] = 1 THEN llm.fn_json_string(x.[value])
                WHEN x.[type] IN (4, 5) THEN llm.fn_json_text(x.[value]) ELSE x.[value] END AS document
        ) AS j
    ) AS v
    CROSS APPLY (SELECT onto.fn_term_key(v.term) AS term_key) AS t;
    INSERT INTO @term (term_key, is_given, source, document)
    SELECT g.term_key, 0, g.source, CONCAT(N'{"term":', llm.fn_json_string(g.term),
        N',"definition":', llm.fn_json_string(g.definition), N',"sql_pattern":', COALESCE(llm.fn_json_string(g.sql_pattern), N'null'),
        N',"base_table":', COALESCE(llm.fn_json_string(g.base_table), N'null'), N',"columns_used":', llm.fn_json_text(g.columns_used),
        N',"filters":', llm.fn_json_text(g.filters), N',"aggregation":', COALESCE(llm.fn_json_string(g.aggregation), N'null'),
        N',"source":', llm.fn_json_string(g.source), N',"aliases":', onto.fn_term_aliases(g.term_key, g.aliases), N'}')
    FROM onto.vw_glossary AS g
    WHERE g.ontology_id = @ontology_id;
    INSERT INTO #import_changes (part, target_kind, target_key, field, source, action, before, after)
    SELECT N'term', N'term', c.term_key, N'term', c.source, c.action, c.before, c.after
    FROM (
        SELECT g.term_key, g.source, k.document AS before, g.document AS after,
            CASE
                WHEN k.term_key IS NULL THEN N'add'
                WHEN k.document = g.document THEN NULL
                -- What a person wrote is not lost to another text; a suggestion is.
                WHEN @prefer = N'document' OR k.source <> N'user' THEN N'change'
                WHEN @prefer IS NULL THEN N'conflict' END AS action
        FROM @term AS g
        LEFT JOIN @term AS k ON k.term_key = g.term_key AND k.is_given = 0
        WHERE g.is_given = 1
        UNION ALL
        SELECT k.term_key, k.source, k.document, NULL, N'remove'
        FROM @term AS k
        WHERE @prune = 1 AND k.is_given = 0 AND NOT EXISTS (
            SELECT 1 FROM @term AS g WHERE g.term_key = k.term_key AND g.is_given = 1)
    ) AS c
    WHERE c.action IS NOT NULL;

    INSERT INTO @fact (about, fact, is_given)
    SELECT DISTINCT COALESCE(w.about, N'') COLLATE Latin1_General_100_BIN2, TRIM(w.fact) COLLATE Latin1_General_100_BIN2, 1
    FROM OPENJSON(@document, '$.knowledge') AS k
    CROSS APPLY OPENJSON(k.[value]) WITH (about nvarchar(max) '$.about', fact nvarchar(max) '$.fact') AS w;
    INSERT INTO @fact (about, fact, is_given)
    SELECT DISTINCT k.about, k.fact, 0 FROM onto.knowledge AS k WHERE k.ontology_id = @ontology_id;
    INSERT INTO #import_changes (part, target_kind, target_key, field, source, action, before, after)
    SELECT N'fact', N'knowledge', f.about, N'fact', NULL, IIF(f.is_given = 1, N'add', N'remove'),
        IIF(f.is_given = 1, NULL, llm.fn_json_string(f.fact)), IIF(f.is_given = 1, llm.fn_json_string(f.fact), NULL)
    FROM @fact AS f
    WHERE (f.is_given = 1 OR @prune = 1) AND NOT EXISTS (
        SELECT 1 FROM @fact AS o WHERE o.about = f.about AND o.fact = f.fact AND o.is_given <> f.is_given);
END;
