-- Purpose:     the change log of an ontology, newest first.
-- Parameters:  @ontology_id; @target_kind, @target_key (also of what lies in it: a table's columns), @field, @source, @dag_id,
--              @since UTC: null for all; @limit.
-- Returns:     change_id, target_kind, target_key, field, before, after, source, changed_by, changed_at, run_id, dag_id.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE onto.usp_read_changes
    @ontology_id bigint, @target_kind nvarchar(4000) = NULL, @target_key nvarchar(4000) = NULL, @field nvarchar(4000) = NULL,
    @source nvarchar(4000) = NULL, @dag_id bigint = NULL, @since datetime2(3) = NULL, @limit int = 100
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SELECT TOP (COALESCE(@limit, 2147483647))
        l.change_id, l.target_kind, l.target_key, l.field, l.before, l.after, l.source, l.changed_by, l.changed_at, l.run_id, l.dag_id
    FROM onto.change_log AS l
    WHERE l.ontology_id = @ontology_id AND (@target_kind IS NULL OR l.target_kind = @target_kind)
      AND (@target_key IS NULL OR l.target_key = @target_key OR CHARINDEX(CONCAT(@target_key, N'.'), l.target_key) = 1)
      AND (@field IS NULL OR l.field = @field) AND (@source IS NULL OR l.source = @source)
      AND (@dag_id IS NULL OR l.dag_id = @dag_id) AND (@since IS NULL OR l.changed_at >= @since)
    ORDER BY l.change_id DESC
    OPTION (RECOMPILE);
END;
