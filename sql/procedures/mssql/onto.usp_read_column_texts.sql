-- Purpose:     what the columns of an ontology are called and what is said of them, for searching; columns of partitions are
--              those of the table that they are a part of.
-- Parameters:  @ontology_id.
-- Returns:     table_key, subject_key, column_name, semantic_type, fk_role, description, comment, synonyms, enum_values (none of
--              a sensitive column), by key.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE onto.usp_read_column_texts @ontology_id bigint
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SELECT c.table_key, c.subject_key, c.column_name, c.semantic_type, c.fk_role, c.description, c.comment, c.synonyms,
        CASE c.is_sensitive WHEN 1 THEN N'[]' ELSE c.enum_values END AS enum_values
    FROM onto.vw_column AS c
    JOIN onto.schema_table AS t ON t.schema_table_id = c.schema_table_id
    WHERE c.ontology_id = @ontology_id AND t.kind <> N'partition'
    ORDER BY c.table_key, c.ordinal, c.column_key;
END;
