-- Purpose:     the edits of an ontology, also of what is gone from the schema.
-- Parameters:  @ontology_id; @pending only those under which a run found something else since (onto.vw_kept_edit).
-- Returns:     override_id, target_kind, target_key, field, source, value, based_on, inferred (what a run found last), is_pending,
--              is_known (its target is there now), updated_by, updated_at; by target.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE onto.usp_read_edits @ontology_id bigint, @pending bit = 0
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SELECT e.override_id, e.target_kind, e.target_key, e.field, e.source, e.value, e.based_on, e.inferred, e.is_pending,
        e.is_known, e.updated_by, e.updated_at
    FROM onto.vw_kept_edit AS e
    WHERE e.ontology_id = @ontology_id AND (@pending = 0 OR e.is_pending = 1)
    ORDER BY e.target_kind, e.target_key, e.field, e.source DESC
    OPTION (RECOMPILE);
END;
