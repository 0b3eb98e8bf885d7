-- Purpose:     set the domains and conventions of an ontology; internal, the facts of the plan of OntologyFinalization.
-- Parameters:  p_ontology_id; p_facts {primary_domains: list of texts, conventions: json object}; p_run_id, p_dag_id; p_now UTC.
-- Returns:     {changed: how many of them}.
-- Errors:      none.
-- Idempotency: the same facts again change nothing. Edits are apart from it and stay. Without entities no description stays.
CREATE OR REPLACE FUNCTION onto.usp_apply_ontology_finalization(
    p_ontology_id bigint, p_facts jsonb, p_run_id uuid, p_dag_id bigint, p_now timestamptz)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_domains     jsonb := coalesce(nullif(p_facts -> 'primary_domains', 'null'), '[]');
    v_conventions jsonb := coalesce(nullif(p_facts -> 'conventions', 'null'), '{}');
    v_old         onto.ontology;
    v_description text;
BEGIN
    SELECT * INTO v_old FROM onto.ontology AS o WHERE o.ontology_id = p_ontology_id;
    IF EXISTS (SELECT 1 FROM onto.entity AS e WHERE e.ontology_id = p_ontology_id AND e.dropped_at IS NULL AND e.kind <> 'staging') THEN
        v_description := v_old.description;
    ELSE
        DELETE FROM onto.answer AS a WHERE a.ontology_id = p_ontology_id AND a.job_type = 'ontology_finalization';
    END IF;
    UPDATE onto.ontology AS o
    SET primary_domains = v_domains, conventions = v_conventions, description = v_description, updated_at = p_now
    WHERE o.ontology_id = p_ontology_id
      AND (o.primary_domains, o.conventions, o.description) IS DISTINCT FROM (v_domains, v_conventions, v_description);
    RETURN jsonb_build_object('changed', onto.usp_log_changes(p_ontology_id, jsonb_build_array(
        jsonb_build_object('target_kind', 'ontology', 'target_key', 'ontology', 'field', 'primary_domains',
            'before', v_old.primary_domains, 'after', v_domains),
        jsonb_build_object('target_kind', 'ontology', 'target_key', 'ontology', 'field', 'conventions',
            'before', v_old.conventions, 'after', v_conventions),
        jsonb_build_object('target_kind', 'ontology', 'target_key', 'ontology', 'field', 'description',
            'before', v_old.description, 'after', v_description)), 'inferred', p_run_id, p_dag_id, p_now));
END
$$;
