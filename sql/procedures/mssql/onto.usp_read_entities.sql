-- Purpose:     what the tables of an ontology stand for, with edits over what was inferred.
-- Parameters:  @ontology_id; @table_key null for all.
-- Returns:     rows of onto.vw_entity, by key.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE onto.usp_read_entities @ontology_id bigint, @table_key nvarchar(4000) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    -- Planned anew each time: for all rows or for a few of them.
    SELECT
        e.table_key, e.kind, e.subtype_of, e.name, e.description, e.domain, e.aliases, e.key_columns, e.confidence,
        e.edited
    FROM onto.vw_entity AS e
    WHERE e.ontology_id = @ontology_id AND (@table_key IS NULL OR e.table_key = @table_key)
    ORDER BY e.table_key
    OPTION (RECOMPILE);
END;
