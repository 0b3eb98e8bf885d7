-- Purpose:     what of a datasource was not looked at, and why.
-- Parameters:  @ontology_id.
-- Returns:     rows of onto.vw_skipped, by phase and key.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE onto.usp_read_skipped @ontology_id bigint
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SELECT s.phase, s.subject_key, s.reason
    FROM onto.vw_skipped AS s
    WHERE s.ontology_id = @ontology_id
    ORDER BY s.phase, s.subject_key;
END;
