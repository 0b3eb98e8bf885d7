-- Purpose:     the ontologies with edits over what was inferred.
-- Parameters:  @datasource null for all.
-- Returns:     rows of onto.vw_ontology, by key.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE onto.usp_read_ontologies @datasource nvarchar(4000) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    -- Planned anew each time: for all rows or for a few of them.
    SELECT
        o.ontology_id, o.datasource, o.engine, o.version, o.fingerprint, o.description, o.primary_domains, o.conventions,
        o.visible_tables, o.declared_foreign_keys, o.skipped, o.changed_at, o.created_at, o.edited
    FROM onto.vw_ontology AS o
    WHERE @datasource IS NULL OR o.datasource = @datasource
    ORDER BY o.datasource
    OPTION (RECOMPILE);
END;
