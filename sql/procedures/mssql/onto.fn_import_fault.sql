-- Purpose:     why what people said cannot be imported, in a sentence; internal. The caller has held it against the contract
--              ontology_document.
-- Parameters:  @document {edits, glossary, knowledge} as onto.usp_import_ontology takes it.
-- Returns:     the first fault; null if there is none.
-- Errors:      none.
-- Idempotency: pure.
-- Characters are counted in UTF-16.
CREATE OR ALTER FUNCTION onto.fn_import_fault (@document nvarchar(max))
RETURNS nvarchar(max)
AS
BEGIN
    DECLARE @edit TABLE (
        place        int           NOT NULL PRIMARY KEY,
        target_kind  nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL,
        target_key   nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL,
        field        nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL,
        source       nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL,
        value        nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL
    );
    DECLARE @term TABLE (
        place       int           NOT NULL PRIMARY KEY,
        term        nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL,
        term_key    nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL,
        definition  nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL,
        source      nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL,
        document    nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL
    );
    INSERT INTO @edit (place, target_kind, target_key, field, source, value)
    SELECT CONVERT(int, k.[key]) + 1, w.target_kind, w.target_key, w.field, w.source, v.value
    FROM OPENJSON(@document, '$.edits') AS k
    OUTER APPLY OPENJSON(CASE k.[type] WHEN 5 THEN k.[value] END) WITH (
        target_kind nvarchar(max) '$.target_kind', target_key nvarchar(max) '$.target_key', field nvarchar(max) '$.field',
        source nvarchar(max) '$.source') AS w
    OUTER APPLY (
        SELECT CASE WHEN x.[type] = 0 THEN N'null' WHEN x.[type] = 1 THEN llm.fn_json_string(x.[value]) ELSE x.[value] END AS value
        FROM OPENJSON(CASE k.[type] WHEN 5 THEN k.[value] END) AS x
        WHERE x.[key] = N'value'
    ) AS v;
    INSERT INTO @term (place, term, term_key, definition, source, document)
    SELECT CONVERT(int, k.[key]) + 1, w.term, onto.fn_term_key(w.term), w.definition, w.source,
        CASE k.[type] WHEN 5 THEN JSON_MODIFY(JSON_MODIFY(k.[value], '$.source', NULL), '$.by', NULL) END
    FROM OPENJSON(@document, '$.glossary') AS k
    OUTER APPLY OPENJSON(CASE k.[type] WHEN 5 THEN k.[value] END) WITH (
        term nvarchar(max) '$.term', definition nvarchar(max) '$.definition', source nvarchar(max) '$.source') AS w;
    RETURN (
        SELECT TOP (1) CONCAT(f.what, f.fault COLLATE Latin1_General_100_BIN2)
        FROM (
            SELECT 1 AS part, e.place,
                CONCAT(N'edit ', e.place, N' (', CONCAT_WS(N' ', e.target_kind, e.target_key, e.field), N'): ') AS what,
                COALESCE(onto.fn_override_fault(e.target_kind, e.field, e.value, 0),
                    CASE WHEN e.source IS NULL OR e.source NOT IN (N'human', N'agent') THEN N'the source is human or agent' END,
                    CASE WHEN COALESCE(e.target_key, N'') = N'' THEN N'it says not what it is about' END,
                    CASE WHEN COUNT(*) OVER (PARTITION BY e.target_kind, e.target_key, e.field, e.source) > 1
                        THEN N'it is there twice' END) AS fault
            FROM @edit AS e
            UNION ALL
            SELECT 2, g.place, CONCAT(N'term ', g.place, N' (', g.term, N'): '),
                COALESCE(CASE WHEN COALESCE(g.term_key, N'') = N'' THEN N'it has no name' END,
                    CASE WHEN COALESCE(g.definition, N'') = N'' THEN N'it has no definition' END,
                    onto.fn_term_fault(g.term, g.document),
                    CASE WHEN g.source IS NULL OR g.source NOT IN (N'user', N'llm_suggested', N'learned')
                        THEN N'the source is user, llm_suggested or learned' END,
                    CASE WHEN COUNT(*) OVER (PARTITION BY g.term_key) > 1 THEN N'it is there twice' END)
            FROM @term AS g
            UNION ALL
            SELECT 3, CONVERT(int, k.[key]) + 1, CONCAT(N'fact ', CONVERT(int, k.[key]) + 1, N' has not 1 to 2000 characters'), N''
            FROM OPENJSON(@document, '$.knowledge') AS k
            OUTER APPLY OPENJSON(CASE k.[type] WHEN 5 THEN k.[value] END) WITH (fact nvarchar(max) '$.fact') AS w
            WHERE LEN(TRIM(COALESCE(w.fact, N''))) NOT BETWEEN 1 AND 2000
        ) AS f
        WHERE f.fault IS NOT NULL
        ORDER BY f.part, f.place);
END;
