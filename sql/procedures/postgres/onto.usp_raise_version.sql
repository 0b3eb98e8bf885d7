-- Purpose:     raise the version of an ontology because something of it changed; internal.
-- Parameters:  p_ontology_id; p_dag_id the dag that changed it, null for an edit or an import; p_now UTC.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: a dag raises it once, whatever it changes; each edit or import by itself.
CREATE OR REPLACE FUNCTION onto.usp_raise_version(p_ontology_id bigint, p_dag_id bigint, p_now timestamptz)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF p_dag_id IS NULL THEN
        UPDATE onto.ontology AS o SET version = o.version + 1, updated_at = p_now WHERE o.ontology_id = p_ontology_id;
    ELSIF NOT EXISTS (SELECT 1 FROM onto.ontology_dag AS d WHERE d.ontology_id = p_ontology_id AND d.dag_id = p_dag_id) THEN
        INSERT INTO onto.ontology_dag (ontology_id, dag_id, changed_at) VALUES (p_ontology_id, p_dag_id, p_now)
        ON CONFLICT (ontology_id, dag_id) DO NOTHING;
    END IF;
END
$$;
