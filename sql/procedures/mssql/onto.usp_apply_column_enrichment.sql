-- Purpose:     put back what answers about tables say of their columns, where answers about single columns came later;
--              internal, the facts of the plan of ColumnEnrichment.
-- Parameters:  @ontology_id; @facts {kept: [table_key] whose answers still hold}; @run_id, @dag_id; @now UTC.
-- Returns:     {columns: how many changed}.
-- Errors:      none.
-- Idempotency: the same facts again change nothing.
CREATE OR ALTER PROCEDURE onto.usp_apply_column_enrichment
    @ontology_id bigint, @facts nvarchar(max), @run_id uniqueidentifier, @dag_id bigint, @now datetime2(3),
    @result nvarchar(max) = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @table_keys nvarchar(max) = COALESCE(JSON_QUERY(@facts, N'$.kept'), N'[]'), @columns bigint;
    EXEC onto.usp_write_column_enrichment @ontology_id = @ontology_id, @table_keys = @table_keys, @run_id = @run_id,
        @dag_id = @dag_id, @now = @now, @result = @columns OUTPUT;
    SET @result = CONCAT(N'{"columns":', @columns, N'}');
END;
