-- Purpose:     keep the best target of each source and reject the others; internal, the facts of the plans of
--              RelationshipEnrichment and EntityDiscovery.
-- Parameters:  p_ontology_id; p_facts {settled: [{relationship_key, status accepted or rejected, reasoning: null leaves it}]};
--              p_run_id, p_dag_id; p_now UTC.
-- Returns:     {settled}: rows that changed.
-- Errors:      none.
-- Idempotency: the same facts again change nothing. Only what was inferred and accepted, or rejected for a better target,
--              is touched.
CREATE OR REPLACE FUNCTION onto.usp_apply_relationship_enrichment(
    p_ontology_id bigint, p_facts jsonb, p_run_id uuid, p_dag_id bigint, p_now timestamptz)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_changes jsonb;
    v_rows    bigint;
BEGIN
    SELECT jsonb_agg(jsonb_build_object('target_kind', 'relationship', 'target_key', r.relationship_key, 'field', 'status',
        'before', r.status, 'after', g.status))
    INTO v_changes
    FROM jsonb_to_recordset(coalesce(p_facts -> 'settled', '[]')) AS g (relationship_key text, status text)
    JOIN onto.relationship AS r ON r.ontology_id = p_ontology_id AND r.relationship_key = g.relationship_key
    WHERE r.provenance IN ('feature', 'inferred') AND (r.status = 'accepted' OR r.rejected_because = 'better_target');
    UPDATE onto.relationship AS r
    SET status = g.status, rejected_because = CASE g.status WHEN 'rejected' THEN 'better_target' END,
        run_id = p_run_id, updated_at = p_now
    FROM jsonb_to_recordset(coalesce(p_facts -> 'settled', '[]')) AS g (relationship_key text, status text)
    WHERE r.ontology_id = p_ontology_id AND r.relationship_key = g.relationship_key AND r.status <> g.status
      AND r.provenance IN ('feature', 'inferred') AND (r.status = 'accepted' OR r.rejected_because = 'better_target');
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    PERFORM onto.usp_log_changes(p_ontology_id, v_changes, 'inferred', p_run_id, p_dag_id, p_now);
    RETURN jsonb_build_object('settled', v_rows);
END
$$;
