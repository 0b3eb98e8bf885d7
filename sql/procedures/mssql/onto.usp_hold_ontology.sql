-- Purpose:     lock an ontology to the end of the transaction; internal. SQL Server alone: PostgreSQL locks its row in ways that do
--              not meet the UPDATEs of its version.
-- Parameters:  @mode Shared (routing), Update (words: one after the other, routing goes on) or Exclusive (edits, imports, deletion);
--              @datasource, null where @ontology_id is given.
-- Returns:     @ontology_id null if it is not there, or not any more.
-- Errors:      those of llm.usp_take_lock.
-- Idempotency: a lock that is held is held once more.
CREATE OR ALTER PROCEDURE onto.usp_hold_ontology
    @mode nvarchar(32), @datasource nvarchar(4000) = NULL, @ontology_id bigint = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @resource nvarchar(255), @found bigint;
    IF @datasource IS NOT NULL
    BEGIN
        SET @ontology_id = NULL;
        SELECT @ontology_id = o.ontology_id FROM onto.ontology AS o WHERE o.datasource = @datasource;
    END;
    IF @ontology_id IS NULL RETURN;
    SET @resource = CONCAT(N'sproute.ontology:', @ontology_id);
    EXEC llm.usp_take_lock @resource = @resource, @mode = @mode;
    -- It may have been deleted meanwhile.
    SELECT @found = o.ontology_id FROM onto.ontology AS o WHERE o.ontology_id = @ontology_id;
    SET @ontology_id = @found;
END;
