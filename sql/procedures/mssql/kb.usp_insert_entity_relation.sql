-- Purpose:     load one relation with SQL; see kb.usp_batch_insert_entity_relations.
-- Parameters:  @from_entity, @to_entity names; @relation_type; @start, @end ISO 8601 or a text; @from_work, @to_work the
--              works between which it holds; @source_page_id; @confidence 0..1; @loaded_by; @now UTC.
-- Returns:     entity_relation_id, created, quarantine_reason.
-- Errors:      INVALID_PAYLOAD; NOT_FOUND for the page.
-- Idempotency: the same row again is found.
CREATE OR ALTER PROCEDURE kb.usp_insert_entity_relation
    @from_entity nvarchar(max), @to_entity nvarchar(max), @relation_type nvarchar(max), @start nvarchar(max) = NULL,
    @end nvarchar(max) = NULL, @from_work nvarchar(max) = NULL, @to_work nvarchar(max) = NULL, @source_page_id bigint = NULL,
    @confidence decimal(18, 6) = 1, @loaded_by nvarchar(max) = NULL, @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @row nvarchar(max) = CONCAT(N',"from_entity":' + llm.fn_json_string(@from_entity),
        N',"to_entity":' + llm.fn_json_string(@to_entity),
        N',"relation_type":' + llm.fn_json_string(@relation_type), N',"start":' + llm.fn_json_string(@start),
        N',"end":' + llm.fn_json_string(@end), N',"from_work":' + llm.fn_json_string(@from_work),
        N',"to_work":' + llm.fn_json_string(@to_work),
        N',"confidence":' + CONVERT(nvarchar(40), @confidence));
    DECLARE @rows nvarchar(max) = CONCAT(N'[{', STUFF(@row, 1, 1, N''), N'}]');
    CREATE TABLE #batch_insert_entity_relations (
        ordinal             int           NOT NULL PRIMARY KEY,
        entity_relation_id  bigint        NULL,
        created             bit           NOT NULL,
        quarantine_reason   nvarchar(400) COLLATE Latin1_General_100_BIN2 NULL
    );
    EXEC kb.usp_batch_insert_entity_relations @relations = @rows, @source_page_id = @source_page_id, @loaded_by = @loaded_by,
        @now = @now, @into_caller = 1;
    SELECT b.entity_relation_id, b.created, b.quarantine_reason FROM #batch_insert_entity_relations AS b;
END;
