-- Purpose:     put back what answers about tables say of their columns, where answers about single columns came later;
--              internal, the facts of the plan of ColumnEnrichment.
-- Parameters:  p_ontology_id; p_facts {kept: [table_key] whose answers still hold}; p_run_id, p_dag_id; p_now UTC.
-- Returns:     {columns: how many changed}.
-- Errors:      none.
-- Idempotency: the same facts again change nothing.
CREATE OR REPLACE FUNCTION onto.usp_apply_column_enrichment(
    p_ontology_id bigint, p_facts jsonb, p_run_id uuid, p_dag_id bigint, p_now timestamptz)
RETURNS jsonb
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object('columns',
        onto.usp_write_column_enrichment(p_ontology_id, coalesce(p_facts -> 'kept', '[]'), p_run_id, p_dag_id, p_now));
$$;
