-- Purpose:     what people said about the business, for prompts.
-- Parameters:  @ontology_id; @about null for all, else only what is about this key or about everything.
-- Returns:     knowledge_id, about, fact, created_by, created_at, in order.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE onto.usp_read_knowledge @ontology_id bigint, @about nvarchar(4000) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SELECT k.knowledge_id, k.about, k.fact, k.created_by, k.created_at
    FROM onto.knowledge AS k
    WHERE k.ontology_id = @ontology_id AND (@about IS NULL OR k.about IN (N'', @about))
    ORDER BY k.about, k.knowledge_id
    OPTION (RECOMPILE);
END;
