-- Purpose:     whether what a node of a dag sees of its ontology may have changed: jobs that read the same stamp share what
--              they read.
-- Parameters:  p_ontology_id; p_dag_node_id.
-- Returns:     stamp: another text after each edit, import or change of the schema, and after each plan of the node; no row
--              for an unknown ontology.
-- Errors:      none.
-- Idempotency: reads only. What the items of the node itself find out changes nothing: they see what their plan saw.
CREATE OR REPLACE FUNCTION onto.usp_read_stamp(p_ontology_id bigint, p_dag_node_id bigint)
RETURNS TABLE (stamp text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT concat(o.version, ' ', n.plan_job_id)
    FROM onto.ontology AS o
    LEFT JOIN llm.dag_node AS n ON n.dag_node_id = p_dag_node_id
    WHERE o.ontology_id = p_ontology_id;
$$;
