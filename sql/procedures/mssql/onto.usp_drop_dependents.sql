-- Purpose:     mark relationships and entities whose tables or columns are gone, and revive those that went with them and
--              whose tables and columns are there again; internal.
-- Parameters:  @ontology_id; @came json array of the table_keys that came or came again just now; @run_id, @dag_id; @now UTC.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: yes. What is gone for another reason (no evidence, not declared any more, no entity by structure) stays so.
CREATE OR ALTER PROCEDURE onto.usp_drop_dependents
    @ontology_id bigint, @came nvarchar(max), @run_id uniqueidentifier, @dag_id bigint, @now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @changes nvarchar(max);
    CREATE TABLE #dependent (
        relationship_id  bigint NOT NULL PRIMARY KEY,
        is_gone          bit    NOT NULL
    );
    DECLARE @moved TABLE (
        relationship_key  nvarchar(4000) COLLATE Latin1_General_100_BIN2 NOT NULL,
        status            nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        dropped_at        datetime2(3)   NULL
    );
    CREATE TABLE #dependent_entity (
        entity_id  bigint        NOT NULL PRIMARY KEY,
        table_key  nvarchar(600) COLLATE Latin1_General_100_BIN2 NOT NULL,
        is_gone    bit           NOT NULL
    );
    -- Those whose tables and columns are all there had gone with them; those of which one is missing had not gone yet.
    INSERT INTO #dependent (relationship_id, is_gone)
    SELECT k.relationship_id, MAX(IIF(t.schema_table_id IS NULL, 1, 0))
    FROM onto.relationship AS k
    CROSS APPLY (SELECT IIF(k.dropped_at IS NULL, 1, 0) AS is_here) AS h
    CROSS APPLY (
        SELECT k.from_table_id AS schema_table_id, f.[value] COLLATE Latin1_General_100_BIN2 AS column_key
        FROM OPENJSON(k.from_columns) AS f
        UNION ALL
        SELECT k.to_table_id, n.[value] COLLATE Latin1_General_100_BIN2 FROM OPENJSON(k.to_columns) AS n
    ) AS e
    LEFT JOIN onto.schema_column AS c
        ON c.schema_table_id = e.schema_table_id AND c.column_key = e.column_key AND c.dropped_at IS NULL
    LEFT JOIN onto.schema_table AS t ON t.schema_table_id = c.schema_table_id AND t.dropped_at IS NULL
    WHERE k.ontology_id = @ontology_id AND (k.dropped_at IS NULL OR k.dropped_because = N'schema')
    GROUP BY k.relationship_id, h.is_here
    HAVING MAX(IIF(t.schema_table_id IS NULL, 1, 0)) = h.is_here;
    -- By their numbers: no row of another relationship is waited for.
    UPDATE onto.relationship
    SET dropped_at = IIF(dropped_at IS NULL, @now, NULL), dropped_because = IIF(dropped_at IS NULL, N'schema', NULL), updated_at = @now
    OUTPUT inserted.relationship_key, inserted.status, inserted.dropped_at INTO @moved (relationship_key, status, dropped_at)
    WHERE relationship_id IN (SELECT g.relationship_id FROM #dependent AS g WHERE g.is_gone = IIF(dropped_at IS NULL, 1, 0))
      AND (dropped_at IS NULL OR dropped_because = N'schema');
    SELECT @changes = CONCAT(N'[', STRING_AGG(CONCAT(N'{"target_kind":"relationship","target_key":',
        llm.fn_json_string(m.relationship_key), N',"field":"status","', IIF(m.dropped_at IS NULL, N'after', N'before'), N'":',
        llm.fn_json_string(m.status), N'}'), N','), N']')
    FROM @moved AS m
    WHERE m.status <> N'candidate';
    EXEC onto.usp_log_changes @ontology_id = @ontology_id, @changes = @changes, @source = N'schema', @run_id = @run_id,
        @dag_id = @dag_id, @now = @now;

    INSERT INTO #dependent_entity (entity_id, table_key, is_gone)
    SELECT e.entity_id, t.table_key, IIF(t.dropped_at IS NULL, 0, 1)
    FROM onto.entity AS e
    JOIN onto.schema_table AS t ON t.schema_table_id = e.schema_table_id
    WHERE e.ontology_id = @ontology_id AND IIF(t.dropped_at IS NULL, 1, 0) <> IIF(e.dropped_at IS NULL, 1, 0)
      AND (t.dropped_at IS NOT NULL
           OR EXISTS (SELECT 1 FROM OPENJSON(@came) AS n WHERE n.[value] COLLATE Latin1_General_100_BIN2 = t.table_key));
    UPDATE e
    SET dropped_at = IIF(m.is_gone = 1, @now, NULL), updated_at = @now
    FROM onto.entity AS e
    JOIN #dependent_entity AS m ON m.entity_id = e.entity_id;
    SELECT @changes = CONCAT(N'[', STRING_AGG(CONCAT(N'{"target_kind":"entity","target_key":', llm.fn_json_string(m.table_key),
        N',"field":"exists","before":', IIF(m.is_gone = 0, N'false,"after":true}', N'true,"after":false}')), N','), N']')
    FROM #dependent_entity AS m;
    EXEC onto.usp_log_changes @ontology_id = @ontology_id, @changes = @changes, @source = N'schema', @run_id = @run_id,
        @dag_id = @dag_id, @now = @now;
END;
