-- Purpose:     terms of the business and how they are computed.
-- Parameters:  @ontology_id.
-- Returns:     rows of onto.vw_glossary, by term_key.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE onto.usp_read_glossary @ontology_id bigint
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SELECT
        g.glossary_term_id, g.term_key, g.term, g.definition, g.sql_pattern, g.sql_is_valid, g.sql_error, g.base_table,
        g.columns_used, g.filters, g.aggregation, g.aliases, g.source, g.created_by, g.created_at, g.updated_by, g.updated_at
    FROM onto.vw_glossary AS g
    WHERE g.ontology_id = @ontology_id
    ORDER BY g.term_key;
END;
