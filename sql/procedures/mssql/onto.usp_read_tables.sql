-- Purpose:     the tables of an ontology.
-- Parameters:  @ontology_id; @table_key null for all.
-- Returns:     rows of onto.vw_table, by key.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE onto.usp_read_tables @ontology_id bigint, @table_key nvarchar(4000) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    -- Planned anew each time: for all rows or for a few of them.
    SELECT
        t.table_key, t.schema_name, t.table_name, t.kind, t.partition_of, t.comment, t.primary_key, t.unique_keys,
        t.foreign_keys, t.indexes, t.row_estimate, t.structure_sha256, t.row_count, t.is_row_count_exact, t.sampled_rows,
        t.profile_status, t.profile_message, t.profile_sha256, t.profiled_at, t.column_count
    FROM onto.vw_table AS t
    WHERE t.ontology_id = @ontology_id AND (@table_key IS NULL OR t.table_key = @table_key)
    ORDER BY t.table_key
    OPTION (RECOMPILE);
END;
