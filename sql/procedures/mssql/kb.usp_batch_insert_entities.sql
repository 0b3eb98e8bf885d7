-- Purpose:     load entities with SQL: each becomes an assertion of kind loaded, and its entity is staged until evidence or a
--              person promotes it.
-- Parameters:  @entities json array of {name, type?, aliases?, description?, attributes? [{key, value, unit?}], confidence?
--              (0..1, default 1), name_key?, type_key?, aliases_keys?}: the keys are needed where a text is not ASCII;
--              @source_page_id the page that they rest on, null for a page of the loader; @loaded_by; @now UTC; @into_caller 1: no
--              result set, the rows go to the caller's #batch_insert_entities.
-- Returns:     one row an entity, in order: ordinal (1..n), entity_id, created (whether the assertion is new),
--              quarantine_reason (EMPTY_NAME) of a row that is kept as an assertion and makes no entity.
-- Errors:      INVALID_PAYLOAD naming item_index (from 0) and field: nothing is written; NOT_FOUND for the page.
-- Idempotency: the same rows again are found; no rows do nothing.
CREATE OR ALTER PROCEDURE kb.usp_batch_insert_entities
    @entities nvarchar(max), @source_page_id bigint = NULL, @loaded_by nvarchar(max) = NULL, @now datetime2(3) = NULL,
    @into_caller bit = 0
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @by nvarchar(max) = COALESCE(@loaded_by, ORIGINAL_LOGIN()),
        @items nvarchar(max);
    DECLARE @loaded TABLE (
        ordinal            int           NOT NULL PRIMARY KEY,
        entity_id          bigint        NULL,
        created            bit           NOT NULL,
        quarantine_reason  nvarchar(400) COLLATE Latin1_General_100_BIN2 NULL
    );
    CREATE TABLE #load_items (
        ordinal            int           NOT NULL PRIMARY KEY,
        assertion_id       bigint        NOT NULL,
        created            bit           NOT NULL,
        quarantine_reason  nvarchar(400) COLLATE Latin1_General_100_BIN2 NULL
    );
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC kb.usp_check_loaded_rows @item_kind = N'entity', @rows = @entities;
        -- The payload is what was given without its nulls and keys.
        SELECT @items = CONCAT(N'[', STRING_AGG(d.item, N',') WITHIN GROUP (ORDER BY d.place), N']')
        FROM (
            SELECT CONVERT(int, i.[key]) AS place, CONCAT(CONVERT(nvarchar(max), N'{"item_kind":"entity","confidence":'),
                COALESCE(w.confidence, N'null'), N',"payload":', p.payload, N',"keys":{"name_key":',
                llm.fn_json_string(kb.fn_loaded_key(w.name, N'name', w.name_key)), N',"type_key":',
                llm.fn_json_string(kb.fn_loaded_key(w.type, N'type', w.type_key)),
                N',"aliases_keys":' + IIF(q.aliases IS NULL, NULL, a.aliases_keys), N'}}') AS item
            FROM OPENJSON(@entities) AS i
            CROSS APPLY OPENJSON(i.[value]) WITH (name nvarchar(max) '$.name', type nvarchar(max) '$.type',
                name_key nvarchar(max) '$.name_key', type_key nvarchar(max) '$.type_key', confidence nvarchar(max) '$.confidence') AS w
            -- There are servers whose OPENJSON ... WITH cuts documents.
            CROSS APPLY (
                SELECT JSON_QUERY(i.[value], N'$.aliases') AS aliases, JSON_QUERY(i.[value], N'$.aliases_keys') AS aliases_keys
            ) AS q
            CROSS APPLY (
                SELECT CONCAT(N'{', STRING_AGG(o.property, N',') WITHIN GROUP (ORDER BY o.name), N'}') AS payload
                FROM (
                    SELECT g.[key] AS name, CONCAT(llm.fn_json_string(g.[key]), N':', CASE
                        WHEN g.[type] = 1 THEN llm.fn_json_string(g.[value])
                        WHEN g.[key] = N'attributes' THEN t.attributes
                        WHEN g.[type] IN (4, 5) THEN llm.fn_json_text(g.[value])
                        ELSE g.[value] END) AS property
                    FROM OPENJSON(i.[value]) AS g
                    CROSS APPLY (
                        SELECT CONCAT(N'[', STRING_AGG(x.attribute, N',') WITHIN GROUP (ORDER BY x.place), N']') AS attributes
                        FROM (
                            SELECT CONVERT(int, l.[key]) AS place, v.attribute
                            FROM OPENJSON(IIF(g.[key] = N'attributes' AND g.[type] = 4, g.[value], N'[]')) AS l
                            CROSS APPLY (
                                SELECT CONCAT(N'{', STRING_AGG(z.property, N',') WITHIN GROUP (ORDER BY z.name), N'}') AS attribute
                                FROM (
                                    SELECT y.[key] AS name, CONCAT(llm.fn_json_string(y.[key]), N':', CASE
                                        WHEN y.[type] = 1 THEN llm.fn_json_string(y.[value])
                                        WHEN y.[type] IN (4, 5) THEN llm.fn_json_text(y.[value])
                                        ELSE y.[value] END) AS property
                                    FROM OPENJSON(l.[value]) AS y
                                    WHERE y.[type] > 0
                                ) AS z
                            ) AS v
                        ) AS x
                    ) AS t
                    WHERE g.[type] > 0 AND g.[key] NOT IN (N'name_key', N'type_key', N'aliases_keys', N'confidence')
                ) AS o
            ) AS p
            CROSS APPLY (
                SELECT CONCAT(N'[', STRING_AGG(n.alias_key, N',') WITHIN GROUP (ORDER BY n.place), N']') AS aliases_keys
                FROM (
                    SELECT CONVERT(int, l.[key]) AS place, llm.fn_json_string(kb.fn_loaded_key(l.[value], N'name', k.[value])) AS alias_key
                    FROM OPENJSON(q.aliases) AS l
                    LEFT JOIN OPENJSON(q.aliases_keys) AS k ON k.[key] = l.[key]
                ) AS n
            ) AS a
        ) AS d;
        IF @items <> N'[]'
            EXEC kb.usp_load_items @items = @items, @source_page_id = @source_page_id, @loaded_by = @by, @now = @at;
        INSERT INTO @loaded (ordinal, entity_id, created, quarantine_reason)
        SELECT l.ordinal, kb.fn_master_entity(r.entity_id), l.created, l.quarantine_reason
        FROM #load_items AS l
        LEFT JOIN kb.resolution AS r ON r.assertion_id = l.assertion_id AND r.mention = N'self' AND r.superseded_at IS NULL;
        COMMIT TRANSACTION;
        IF @into_caller = 1
            INSERT INTO #batch_insert_entities (ordinal, entity_id, created, quarantine_reason)
            SELECT l.ordinal, l.entity_id, l.created, l.quarantine_reason FROM @loaded AS l;
        ELSE
            SELECT l.ordinal, l.entity_id, l.created, l.quarantine_reason FROM @loaded AS l ORDER BY l.ordinal;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
