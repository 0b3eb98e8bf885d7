-- Purpose:     bring the entities of an ontology to what the structure of its tables says; internal, the facts of the plan of
--              EntityDiscovery.
-- Parameters:  @ontology_id; @facts {entities: [{table_key, kind: entity, bridge, subtype or staging, subtype_of, name: what a
--              new one is called until it is asked about}], all of them; @run_id, @dag_id; @now UTC.
-- Returns:     {entities_added, entities_dropped, entities_altered}.
-- Errors:      none.
-- Idempotency: the same facts again change nothing.
-- What is no entity any more stays with dropped_at, and with it what was said of it; what comes again is revived.
CREATE OR ALTER PROCEDURE onto.usp_apply_entity_discovery
    @ontology_id bigint, @facts nvarchar(max), @run_id uniqueidentifier, @dag_id bigint, @now datetime2(3),
    @result nvarchar(max) = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @changes nvarchar(max);
    CREATE TABLE #given_entity (
        schema_table_id  bigint         NOT NULL PRIMARY KEY,
        table_key        nvarchar(600)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        kind             nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        subtype_of       nvarchar(600)  COLLATE Latin1_General_100_BIN2 NULL,
        name             nvarchar(4000) COLLATE Latin1_General_100_BIN2 NULL
    );
    DECLARE @change TABLE (
        table_key  nvarchar(600)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        field      nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        before     nvarchar(4000) COLLATE Latin1_General_100_BIN2 NULL,
        after      nvarchar(4000) COLLATE Latin1_General_100_BIN2 NULL
    );
    INSERT INTO #given_entity (schema_table_id, table_key, kind, subtype_of, name)
    SELECT t.schema_table_id, t.table_key, g.kind, g.subtype_of, g.name
    FROM OPENJSON(@facts, '$.entities') WITH (
        table_key nvarchar(600) '$.table_key', kind nvarchar(40) '$.kind', subtype_of nvarchar(max) '$.subtype_of',
        name nvarchar(max) '$.name') AS g
    JOIN onto.schema_table AS t
        ON t.ontology_id = @ontology_id AND t.table_key = g.table_key COLLATE Latin1_General_100_BIN2 AND t.dropped_at IS NULL;

    INSERT INTO @change (table_key, field, before, after)
    SELECT COALESCE(g.table_key, k.table_key), v.field, v.before, v.after
    FROM #given_entity AS g
    FULL JOIN (
        SELECT e.schema_table_id, t.table_key, e.kind, e.subtype_of
        FROM onto.entity AS e
        JOIN onto.schema_table AS t ON t.schema_table_id = e.schema_table_id
        WHERE e.ontology_id = @ontology_id AND e.dropped_at IS NULL
    ) AS k ON k.schema_table_id = g.schema_table_id
    CROSS APPLY (VALUES
        (N'exists', CONVERT(nvarchar(max), IIF(k.schema_table_id IS NULL, N'false', N'true')),
            CONVERT(nvarchar(max), IIF(g.schema_table_id IS NULL, N'false', N'true'))),
        (N'kind', CASE WHEN g.schema_table_id = k.schema_table_id THEN llm.fn_json_string(k.kind) END,
            CASE WHEN g.schema_table_id = k.schema_table_id THEN llm.fn_json_string(g.kind) END),
        (N'subtype_of', CASE WHEN g.schema_table_id = k.schema_table_id THEN llm.fn_json_string(k.subtype_of) END,
            CASE WHEN g.schema_table_id = k.schema_table_id THEN llm.fn_json_string(g.subtype_of) END)
    ) AS v (field, before, after)
    WHERE NOT EXISTS (
        SELECT v.before COLLATE Latin1_General_100_BIN2 INTERSECT SELECT v.after COLLATE Latin1_General_100_BIN2);

    -- Nobody else makes entities: who called holds the ontology, one plan at a time.
    UPDATE e
    SET kind = g.kind, subtype_of = g.subtype_of, updated_at = @now, dropped_at = NULL
    FROM onto.entity AS e
    JOIN #given_entity AS g ON g.schema_table_id = e.schema_table_id
    WHERE NOT EXISTS (
        SELECT e.kind, e.subtype_of, e.dropped_at
        INTERSECT
        SELECT g.kind, g.subtype_of, CONVERT(datetime2(3), NULL));
    INSERT INTO onto.entity (ontology_id, schema_table_id, kind, subtype_of, name, run_id, created_at, updated_at)
    SELECT @ontology_id, g.schema_table_id, g.kind, g.subtype_of, g.name, @run_id, @now, @now
    FROM #given_entity AS g
    WHERE NOT EXISTS (
        SELECT 1 FROM onto.entity AS e WHERE e.schema_table_id = g.schema_table_id)
    ORDER BY g.table_key;
    UPDATE e
    SET dropped_at = @now, updated_at = @now
    FROM onto.entity AS e
    WHERE e.ontology_id = @ontology_id AND e.dropped_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM #given_entity AS g WHERE g.schema_table_id = e.schema_table_id);

    SELECT @changes = CONCAT(N'[', STRING_AGG(CONCAT(N'{"target_kind":"entity","target_key":', llm.fn_json_string(c.table_key),
        N',"field":"', c.field, N'","before":', COALESCE(c.before, N'null'), N',"after":', COALESCE(c.after, N'null'), N'}'), N','), N']')
    FROM @change AS c;
    EXEC onto.usp_log_changes @ontology_id = @ontology_id, @changes = @changes, @source = N'inferred', @run_id = @run_id,
        @dag_id = @dag_id, @now = @now;
    SELECT @result = CONCAT(
        N'{"entities_added":', COUNT(CASE WHEN c.field = N'exists' AND c.after = N'true' THEN 1 END),
        N',"entities_dropped":', COUNT(CASE WHEN c.field = N'exists' AND c.after = N'false' THEN 1 END),
        N',"entities_altered":', COUNT(DISTINCT CASE WHEN c.field <> N'exists' THEN c.table_key END), N'}')
    FROM @change AS c;
END;
