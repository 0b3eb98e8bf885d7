-- Purpose:     the columns of an ontology with their statistics, and with edits over what was inferred.
-- Parameters:  @ontology_id; @table_key null for the columns of all tables.
-- Returns:     rows of onto.vw_column, by key.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE onto.usp_read_columns @ontology_id bigint, @table_key nvarchar(4000) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    -- Planned anew each time: for all rows or for a few of them.
    SELECT
        c.table_key, c.column_key, c.subject_key, c.column_name, c.ordinal, c.data_type, c.type_family, c.is_nullable,
        c.is_computed, c.is_identity, c.column_default, c.comment, c.enum_labels, c.structure_sha256, c.row_count,
        c.null_count, c.distinct_count, c.is_distinct_exact, c.min_value, c.max_value, c.avg_value, c.min_length,
        c.max_length, c.samples, c.distribution, c.patterns, c.classification_path, c.distinct_source, c.profile_note,
        c.is_sensitive, c.is_analyzed, c.purpose, c.semantic_type, c.role, c.description, c.fk_role, c.synonyms,
        c.enum_values, c.confidence, c.details, c.needs_enum_analysis, c.needs_fk_resolution, c.needs_cross_column_check,
        c.edited
    FROM onto.vw_column AS c
    WHERE c.ontology_id = @ontology_id AND (@table_key IS NULL OR c.table_key = @table_key)
    ORDER BY c.table_key, c.ordinal, c.column_key
    OPTION (RECOMPILE);
END;
