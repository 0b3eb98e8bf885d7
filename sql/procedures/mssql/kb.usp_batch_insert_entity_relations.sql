-- Purpose:     load relations between entities with SQL: each becomes an assertion of kind loaded, and its bridge is staged until
--              evidence or a person promotes it. Ends that no entity has are made, as everywhere.
-- Parameters:  @relations json array of {from_entity, to_entity, relation_type, start?, end? (ISO 8601 of any precision; else
--              a text), from_work?, to_work?, continuity?, and <field>_key? of each of these texts, which is needed where one is
--              not ASCII; from_family?, to_family? which bearer of a name is meant; confidence? (0..1, default 1)};
--              @source_page_id the page that they rest on, null for a page of the loader; @loaded_by; @now UTC; @into_caller 1: no
--              result set, the rows go to the caller's #batch_insert_entity_relations.
-- Returns:     one row a relation, in order: ordinal (1..n), entity_relation_id, created (whether the assertion is new),
--              quarantine_reason (EMPTY_NAME, EMPTY_TYPE, CONTRADICTORY_TIME) of a row that is kept as an assertion and makes
--              no bridge.
-- Errors:      INVALID_PAYLOAD naming item_index (from 0) and field: nothing is written; NOT_FOUND for the page.
-- Idempotency: the same rows again are found; no rows do nothing.
CREATE OR ALTER PROCEDURE kb.usp_batch_insert_entity_relations
    @relations nvarchar(max), @source_page_id bigint = NULL, @loaded_by nvarchar(max) = NULL, @now datetime2(3) = NULL,
    @into_caller bit = 0
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @by nvarchar(max) = COALESCE(@loaded_by, ORIGINAL_LOGIN()),
        @items nvarchar(max);
    DECLARE @loaded TABLE (
        ordinal             int           NOT NULL PRIMARY KEY,
        entity_relation_id  bigint        NULL,
        created             bit           NOT NULL,
        quarantine_reason   nvarchar(400) COLLATE Latin1_General_100_BIN2 NULL
    );
    CREATE TABLE #load_items (
        ordinal            int           NOT NULL PRIMARY KEY,
        assertion_id       bigint        NOT NULL,
        created            bit           NOT NULL,
        quarantine_reason  nvarchar(400) COLLATE Latin1_General_100_BIN2 NULL
    );
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC kb.usp_check_loaded_rows @item_kind = N'relationship', @rows = @relations;
        SELECT @items = CONCAT(N'[', STRING_AGG(d.item, N',') WITHIN GROUP (ORDER BY d.place), N']')
        FROM (
            SELECT CONVERT(int, i.[key]) AS place, CONCAT(CONVERT(nvarchar(max), N'{"item_kind":"relationship","confidence":'),
                COALESCE(w.confidence, N'null'),
                N',"payload":{"from_entity":', llm.fn_json_string(w.from_entity), N',"to_entity":', llm.fn_json_string(w.to_entity),
                N',"relation_type":', llm.fn_json_string(w.relation_type),
                N',"start":' + llm.fn_json_string(w.start), N',"end":' + llm.fn_json_string(w.[end]),
                N',"continuity":' + llm.fn_json_string(w.continuity),
                N',"work_context":{' + CASE
                    WHEN w.from_work IS NOT NULL AND w.to_work IS NOT NULL
                        THEN N'"from":' + llm.fn_json_string(w.from_work) + N',"to":' + llm.fn_json_string(w.to_work)
                    WHEN w.from_work IS NOT NULL THEN N'"from":' + llm.fn_json_string(w.from_work)
                    WHEN w.to_work IS NOT NULL THEN N'"to":' + llm.fn_json_string(w.to_work) END + N'}',
                N'},"keys":{"from_entity_key":', llm.fn_json_string(kb.fn_loaded_key(w.from_entity, N'name', w.from_entity_key)),
                N',"to_entity_key":', llm.fn_json_string(kb.fn_loaded_key(w.to_entity, N'name', w.to_entity_key)),
                N',"relation_type_key":', llm.fn_json_string(kb.fn_loaded_key(w.relation_type, N'type', w.relation_type_key)),
                N',"work_context_from_key":', llm.fn_json_string(kb.fn_loaded_key(w.from_work, N'name', w.from_work_key)),
                N',"work_context_to_key":', llm.fn_json_string(kb.fn_loaded_key(w.to_work, N'name', w.to_work_key)),
                N',"continuity_key":', llm.fn_json_string(kb.fn_loaded_key(w.continuity, N'name', w.continuity_key)),
                -- The properties of an object go on behind a comma.
                IIF(t.start_keys = N'{}', N'', STUFF(LEFT(t.start_keys, LEN(t.start_keys) - 1), 1, 1, N',')),
                IIF(t.end_keys = N'{}', N'', STUFF(LEFT(t.end_keys, LEN(t.end_keys) - 1), 1, 1, N',')),
                N',"from_family":' + llm.fn_json_string(w.from_family), N',"to_family":' + llm.fn_json_string(w.to_family), N'}}') AS item
            FROM OPENJSON(@relations) AS i
            CROSS APPLY OPENJSON(i.[value]) WITH (from_entity nvarchar(max) '$.from_entity', to_entity nvarchar(max) '$.to_entity',
                relation_type nvarchar(max) '$.relation_type', start nvarchar(max) '$.start', [end] nvarchar(max) '$.end',
                from_work nvarchar(max) '$.from_work', to_work nvarchar(max) '$.to_work', continuity nvarchar(max) '$.continuity',
                from_entity_key nvarchar(max) '$.from_entity_key', to_entity_key nvarchar(max) '$.to_entity_key',
                relation_type_key nvarchar(max) '$.relation_type_key', start_key nvarchar(max) '$.start_key',
                end_key nvarchar(max) '$.end_key', from_work_key nvarchar(max) '$.from_work_key',
                to_work_key nvarchar(max) '$.to_work_key', continuity_key nvarchar(max) '$.continuity_key',
                from_family nvarchar(max) '$.from_family', to_family nvarchar(max) '$.to_family',
                confidence nvarchar(max) '$.confidence') AS w
            CROSS APPLY (
                SELECT kb.fn_loaded_time(N'start', w.start, w.start_key) AS start_keys,
                    kb.fn_loaded_time(N'end', w.[end], w.end_key) AS end_keys
            ) AS t
        ) AS d;
        IF @items <> N'[]'
            EXEC kb.usp_load_items @items = @items, @source_page_id = @source_page_id, @loaded_by = @by, @now = @at;
        INSERT INTO @loaded (ordinal, entity_relation_id, created, quarantine_reason)
        SELECT l.ordinal, k.target_id, l.created, l.quarantine_reason
        FROM #load_items AS l
        LEFT JOIN kb.assertion_link AS k ON k.assertion_id = l.assertion_id AND k.target_table = N'bridge_entity_relation';
        COMMIT TRANSACTION;
        IF @into_caller = 1
            INSERT INTO #batch_insert_entity_relations (ordinal, entity_relation_id, created, quarantine_reason)
            SELECT l.ordinal, l.entity_relation_id, l.created, l.quarantine_reason FROM @loaded AS l;
        ELSE
            SELECT l.ordinal, l.entity_relation_id, l.created, l.quarantine_reason FROM @loaded AS l ORDER BY l.ordinal;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
