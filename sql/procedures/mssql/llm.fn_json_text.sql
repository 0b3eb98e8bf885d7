-- Purpose:     a JSON document of any kind as one text, so that equal documents are equal texts; internal. SQL Server alone:
--              PostgreSQL's jsonb is so by itself.
-- Parameters:  @json an object, a list or a scalar.
-- Returns:     the same without blanks, the keys of objects in order, texts as llm.fn_json_string writes them; null for null and
--              for what is empty. Numbers stay as they are written.
-- Errors:      those of OPENJSON for what is no JSON.
-- Idempotency: pure.
CREATE OR ALTER FUNCTION llm.fn_json_text (@json nvarchar(max))
RETURNS nvarchar(max)
AS
BEGIN
    DECLARE @node TABLE (
        node_id    int            IDENTITY(1, 1) NOT NULL,
        parent_id  int            NOT NULL,
        depth      int            NOT NULL,
        place      int            NOT NULL,
        name       nvarchar(4000) COLLATE Latin1_General_100_BIN2 NOT NULL,
        label      nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        kind       int            NOT NULL,
        value      nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        PRIMARY KEY (depth, parent_id, node_id)
    );
    DECLARE @depth int = 0;
    INSERT INTO @node (parent_id, depth, place, name, label, kind, value)
    SELECT 0, 0, 0, N'', N'', j.[type], j.[value] FROM OPENJSON(N'[' + @json + N']') AS j;
    WHILE EXISTS (SELECT 1 FROM @node AS n WHERE n.depth = @depth AND n.kind IN (4, 5))
    BEGIN
        INSERT INTO @node (parent_id, depth, place, name, label, kind, value)
        SELECT n.node_id, @depth + 1, IIF(n.kind = 4, CONVERT(int, j.[key]), 0), IIF(n.kind = 4, N'', j.[key]),
            IIF(n.kind = 4, N'', llm.fn_json_string(j.[key]) + N':'), j.[type], j.[value]
        FROM @node AS n
        CROSS APPLY OPENJSON(CASE WHEN n.kind IN (4, 5) THEN n.value END) AS j
        WHERE n.depth = @depth AND n.kind IN (4, 5);
        SET @depth += 1;
    END;
    UPDATE @node
    SET value = CASE kind WHEN 0 THEN N'null' ELSE llm.fn_json_string(value) END
    WHERE kind IN (0, 1);
    -- From within: what is in an object or a list is a text already.
    WHILE @depth > 0
    BEGIN
        SET @depth -= 1;
        UPDATE n
        SET value = IIF(n.kind = 4, N'[', N'{') + COALESCE((
            SELECT STRING_AGG(c.label + c.value, N',') WITHIN GROUP (ORDER BY c.place, c.name)
            FROM @node AS c
            WHERE c.depth = @depth + 1 AND c.parent_id = n.node_id), N'') + IIF(n.kind = 4, N']', N'}')
        FROM @node AS n
        WHERE n.depth = @depth AND n.kind IN (4, 5);
    END;
    -- A value made anew: a long one lies beside its row, and there are servers where that ends with the table.
    RETURN (SELECT n.value + N'' FROM @node AS n WHERE n.depth = 0);
END;
