-- Purpose:     bring the declared foreign keys of an ontology to what its schema says; internal, the facts of the plan of
--              RelationshipDiscovery.
-- Parameters:  p_ontology_id; p_facts {declared: relationships as onto.usp_put_relationships takes them, gone:
--              [relationship_key] of those that are declared no more}; p_run_id, p_dag_id; p_now UTC.
-- Returns:     {declared, gone}: rows that changed.
-- Errors:      none.
-- Idempotency: the same facts again change nothing.
CREATE OR REPLACE FUNCTION onto.usp_apply_relationship_discovery(
    p_ontology_id bigint, p_facts jsonb, p_run_id uuid, p_dag_id bigint, p_now timestamptz)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_declared bigint;
    v_gone     bigint;
BEGIN
    v_declared := onto.usp_put_relationships(p_ontology_id, coalesce(p_facts -> 'declared', '[]'), p_run_id, p_dag_id, p_now);
    UPDATE onto.relationship AS r
    SET dropped_at = p_now, updated_at = p_now
    FROM jsonb_array_elements_text(coalesce(p_facts -> 'gone', '[]')) AS g (relationship_key)
    WHERE r.ontology_id = p_ontology_id AND r.relationship_key = g.relationship_key COLLATE "C"
      AND r.provenance = 'declared' AND r.dropped_at IS NULL;
    GET DIAGNOSTICS v_gone = ROW_COUNT;
    RETURN jsonb_build_object('declared', v_declared, 'gone', v_gone);
END
$$;
