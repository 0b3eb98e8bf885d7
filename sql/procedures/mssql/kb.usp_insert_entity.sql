-- Purpose:     load one entity with SQL; see kb.usp_batch_insert_entities.
-- Parameters:  @name; @type; @description; @source_page_id; @confidence 0..1; @loaded_by; @now UTC.
-- Returns:     entity_id, created, quarantine_reason.
-- Errors:      INVALID_PAYLOAD; NOT_FOUND for the page.
-- Idempotency: the same row again is found.
CREATE OR ALTER PROCEDURE kb.usp_insert_entity
    @name nvarchar(max), @type nvarchar(max) = NULL, @description nvarchar(max) = NULL, @source_page_id bigint = NULL,
    @confidence decimal(18, 6) = 1, @loaded_by nvarchar(max) = NULL, @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @row nvarchar(max) = CONCAT(N',"name":' + llm.fn_json_string(@name), N',"type":' + llm.fn_json_string(@type),
        N',"description":' + llm.fn_json_string(@description), N',"confidence":' + CONVERT(nvarchar(40), @confidence));
    DECLARE @rows nvarchar(max) = CONCAT(N'[{', STUFF(@row, 1, 1, N''), N'}]');
    CREATE TABLE #batch_insert_entities (
        ordinal            int           NOT NULL PRIMARY KEY,
        entity_id          bigint        NULL,
        created            bit           NOT NULL,
        quarantine_reason  nvarchar(400) COLLATE Latin1_General_100_BIN2 NULL
    );
    EXEC kb.usp_batch_insert_entities @entities = @rows, @source_page_id = @source_page_id, @loaded_by = @loaded_by, @now = @now,
        @into_caller = 1;
    SELECT b.entity_id, b.created, b.quarantine_reason FROM #batch_insert_entities AS b;
END;
