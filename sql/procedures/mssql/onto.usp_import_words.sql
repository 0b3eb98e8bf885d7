-- Purpose:     write the terms and facts of a document that are news; internal, a step of onto.usp_import_ontology.
-- Parameters:  @ontology_id; @document; @changes rows of onto.fn_import_changes; @by who imports; @now UTC.
-- Returns:     whether anything changed.
-- Errors:      INVALID_STATE for names that would mean two things.
-- Idempotency: the same again changes nothing. Statements of terms are not tried on the datasource here.
CREATE OR ALTER PROCEDURE onto.usp_import_words
    @ontology_id bigint, @document nvarchar(max), @changes nvarchar(max), @by nvarchar(max), @now datetime2(3),
    @result bit = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @key nvarchar(400), @after nvarchar(max), @source nvarchar(40), @said_by nvarchar(max), @keys nvarchar(max),
        @clash nvarchar(max), @news nvarchar(max), @logged bigint, @message nvarchar(2048);
    DECLARE @change TABLE (
        place        int            NOT NULL PRIMARY KEY,
        part         nvarchar(10)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        target_kind  nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        target_key   nvarchar(4000) COLLATE Latin1_General_100_BIN2 NOT NULL,
        field        nvarchar(100)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        action       nvarchar(10)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        before       nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        after        nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL
    );
    -- Who said what, read once.
    DECLARE @said TABLE (
        place     int            NOT NULL PRIMARY KEY,
        term_key  nvarchar(400)  COLLATE Latin1_General_100_BIN2 NULL,
        about     nvarchar(4000) COLLATE Latin1_General_100_BIN2 NULL,
        fact      nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        said_by   nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL
    );
    -- A term as it is, a fact as a text.
    INSERT INTO @change (place, part, target_kind, target_key, field, action, before, after)
    SELECT CONVERT(int, r.[key]), w.part, w.target_kind, w.target_key, w.field, w.action, v.before, v.after
    FROM OPENJSON(@changes) AS r
    CROSS APPLY OPENJSON(r.[value]) WITH (
        part nvarchar(10) '$.part', target_kind nvarchar(40) '$.target_kind', target_key nvarchar(4000) '$.target_key',
        field nvarchar(100) '$.field', action nvarchar(10) '$.action') AS w
    CROSS APPLY (
        SELECT MAX(CASE x.[key] WHEN N'before' THEN x.[value] END) AS before,
            MAX(CASE x.[key] WHEN N'after' THEN x.[value] END) AS after
        FROM OPENJSON(r.[value]) AS x
        WHERE x.[key] IN (N'part', N'before', N'after')
    ) AS v
    WHERE w.part IN (N'term', N'fact');
    INSERT INTO @said (place, term_key, about, fact, said_by)
    SELECT CONVERT(int, g.[key]), CONVERT(nvarchar(400), onto.fn_term_key(w.term)), NULL, NULL, w.said_by
    FROM OPENJSON(@document, '$.glossary') AS g
    CROSS APPLY OPENJSON(g.[value]) WITH (term nvarchar(max) '$.term', said_by nvarchar(max) '$.by') AS w
    UNION ALL
    SELECT -1 - CONVERT(int, k.[key]), NULL, COALESCE(w.about, N''), TRIM(w.fact), w.said_by
    FROM OPENJSON(@document, '$.knowledge') AS k
    CROSS APPLY OPENJSON(k.[value]) WITH (
        about nvarchar(4000) '$.about', fact nvarchar(max) '$.fact', said_by nvarchar(max) '$.by') AS w;

    DELETE a
    FROM onto.glossary_alias AS a
    JOIN onto.glossary_term AS g ON g.glossary_term_id = a.glossary_term_id
    JOIN @change AS c ON c.part = N'term' AND c.action = N'remove' AND c.target_key = g.term_key
    WHERE g.ontology_id = @ontology_id;
    DELETE g
    FROM onto.glossary_term AS g
    JOIN @change AS c ON c.part = N'term' AND c.action = N'remove' AND c.target_key = g.term_key
    WHERE g.ontology_id = @ontology_id;
    SELECT @key = MIN(c.target_key) FROM @change AS c WHERE c.part = N'term' AND c.action IN (N'add', N'change');
    WHILE @key IS NOT NULL
    BEGIN
        SELECT @after = c.after, @source = JSON_VALUE(c.after, '$.source'), @said_by = @by
        FROM @change AS c
        WHERE c.part = N'term' AND c.target_key = @key;
        SELECT @said_by = COALESCE(w.said_by, @by) FROM @said AS w WHERE w.term_key = @key;
        EXEC onto.usp_store_glossary_term @ontology_id = @ontology_id, @term_key = @key, @document = @after, @source = @source,
            @by = @said_by, @run_id = NULL, @now = @now;
        SELECT @key = MIN(c.target_key)
        FROM @change AS c
        WHERE c.part = N'term' AND c.action IN (N'add', N'change') AND c.target_key > @key;
    END;
    -- A name may go from one term of the document to another.
    SELECT @keys = COALESCE(N'[' + STRING_AGG(llm.fn_json_string(c.target_key), N',') + N']', N'[]')
    FROM @change AS c
    WHERE c.part = N'term' AND c.action IN (N'add', N'change');
    SET @clash = onto.fn_name_clash(@ontology_id, @keys);
    IF @clash IS NOT NULL
    BEGIN
        SET @message = CONCAT(N'INVALID_STATE: ', LEFT(@clash, 1500), NCHAR(10),
            N'HINT: Rename one of them, in the document or here.');
        THROW 50010, @message, 1;
    END;

    DELETE k
    FROM onto.knowledge AS k
    JOIN @change AS c ON c.part = N'fact' AND c.action = N'remove' AND c.target_key = k.about AND c.before = k.fact
    WHERE k.ontology_id = @ontology_id;
    INSERT INTO onto.knowledge (ontology_id, about, fact, created_by, created_at)
    SELECT @ontology_id, c.target_key, c.after, COALESCE((
            SELECT MIN(w.said_by) FROM @said AS w WHERE w.about = c.target_key AND w.fact = c.after), @by), @now
    FROM @change AS c
    WHERE c.part = N'fact' AND c.action = N'add'
    ORDER BY c.target_key, c.after;

    -- What was removed is not suggested again.
    SELECT @news = N'[' + STRING_AGG(CONCAT(N'{"target_kind":', llm.fn_json_string(c.target_kind),
        N',"target_key":', llm.fn_json_string(c.target_key),
        N',"field":', llm.fn_json_string(IIF(c.part = N'term' AND c.action = N'remove', N'exists', c.field)),
        N',"before":', COALESCE(IIF(c.part = N'term', c.before, llm.fn_json_string(c.before)), N'null'),
        N',"after":', COALESCE(IIF(c.part = N'term', c.after, llm.fn_json_string(c.after)), N'null'), N'}'), N',') + N']'
    FROM @change AS c;
    EXEC onto.usp_log_changes @ontology_id = @ontology_id, @changes = @news, @source = N'import', @run_id = NULL, @dag_id = NULL,
        @now = @now, @by = @by, @result = @logged OUTPUT;
    SET @result = IIF(@logged > 0, 1, 0);
END;
