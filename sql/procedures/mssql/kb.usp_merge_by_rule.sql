-- Purpose:     say that entities are one because the rules of the dedupe audit are sure of it; all that a runner may merge.
-- Parameters:  @master_entity_id; @entity_ids json array of ids; @reason; @confidence 0..1; @now UTC.
-- Returns:     as kb.usp_merge_entities.
-- Errors:      as kb.usp_merge_entities: never against a person's decision.
-- Idempotency: merging what is one changes nothing.
CREATE OR ALTER PROCEDURE kb.usp_merge_by_rule
    @master_entity_id bigint, @entity_ids nvarchar(max), @reason nvarchar(max) = NULL, @confidence decimal(5, 4) = NULL,
    @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    CREATE TABLE #merge_entities (
        place                 int    IDENTITY(1, 1) NOT NULL PRIMARY KEY,
        entity_id             bigint NOT NULL,
        merged_entity_id      bigint NULL,
        identity_decision_id  bigint NULL
    );
    EXEC kb.usp_merge_entities @master_entity_id = @master_entity_id, @entity_ids = @entity_ids, @decided_by = N'dedupe audit',
        @reason = @reason, @decided_as = N'rule', @confidence = @confidence, @now = @now, @into_caller = 1;
    SELECT m.entity_id, m.merged_entity_id, m.identity_decision_id FROM #merge_entities AS m ORDER BY m.place;
END;
