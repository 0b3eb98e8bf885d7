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
    v_gone     jsonb;
BEGIN
    v_declared := onto.usp_put_relationships(p_ontology_id, coalesce(p_facts -> 'declared', '[]'), p_run_id, p_dag_id, p_now);
    -- What somebody takes for one is theirs.
    UPDATE onto.relationship AS r
    SET provenance = 'manual', updated_at = p_now
    FROM jsonb_array_elements_text(coalesce(p_facts -> 'gone', '[]')) AS g (relationship_key)
    WHERE r.ontology_id = p_ontology_id AND r.relationship_key = g.relationship_key COLLATE "C"
      AND r.provenance = 'declared' AND r.dropped_at IS NULL
      AND EXISTS (
          SELECT 1 FROM onto.vw_active_edit AS e
          WHERE e.ontology_id = r.ontology_id AND e.target_kind = 'relationship' AND e.target_key = r.relationship_key
            AND e.field = 'status' AND e.value = '"accepted"');
    WITH moved AS (
        UPDATE onto.relationship AS r
        SET dropped_at = p_now, dropped_because = 'undeclared', updated_at = p_now
        FROM jsonb_array_elements_text(coalesce(p_facts -> 'gone', '[]')) AS g (relationship_key)
        WHERE r.ontology_id = p_ontology_id AND r.relationship_key = g.relationship_key COLLATE "C"
          AND r.provenance = 'declared' AND r.dropped_at IS NULL
        RETURNING r.relationship_key, r.status
    )
    SELECT coalesce(jsonb_agg(jsonb_build_object('target_kind', 'relationship', 'target_key', m.relationship_key, 'field', 'status',
        'before', m.status, 'after', NULL)), '[]')
    INTO v_gone
    FROM moved AS m;
    PERFORM onto.usp_log_changes(p_ontology_id, v_gone, 'schema', p_run_id, p_dag_id, p_now);
    RETURN jsonb_build_object('declared', v_declared, 'gone', jsonb_array_length(v_gone));
END
$$;
