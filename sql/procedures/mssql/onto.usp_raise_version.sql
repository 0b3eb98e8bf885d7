-- Purpose:     raise the version of an ontology because something of it changed; internal.
-- Parameters:  @ontology_id; @dag_id the dag that changed it, null for an edit or an import; @now UTC.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: a dag raises it once, whatever it changes; each edit or import by itself.
CREATE OR ALTER PROCEDURE onto.usp_raise_version @ontology_id bigint, @dag_id bigint, @now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    IF @dag_id IS NULL
        UPDATE onto.ontology
        SET version = version + 1, updated_at = @now
        WHERE ontology_id = @ontology_id;
    -- Looked at first without a lock: all routing of a dag comes here.
    ELSE IF NOT EXISTS (SELECT 1 FROM onto.ontology_dag AS d WHERE d.ontology_id = @ontology_id AND d.dag_id = @dag_id)
        INSERT INTO onto.ontology_dag (ontology_id, dag_id, changed_at)
        SELECT @ontology_id, @dag_id, @now
        WHERE NOT EXISTS (
            SELECT 1 FROM onto.ontology_dag AS d WITH (UPDLOCK, HOLDLOCK)
            WHERE d.ontology_id = @ontology_id AND d.dag_id = @dag_id);
END;
