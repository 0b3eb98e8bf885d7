-- Purpose:     whether what a node of a dag sees of its ontology may have changed: jobs that read the same stamp share what
--              they read.
-- Parameters:  @ontology_id; @dag_node_id.
-- Returns:     stamp: another text after each edit, import or change of the schema, and after each plan of the node; no row
--              for an unknown ontology.
-- Errors:      none.
-- Idempotency: reads only. What the items of the node itself find out changes nothing: they see what their plan saw.
CREATE OR ALTER PROCEDURE onto.usp_read_stamp @ontology_id bigint, @dag_node_id bigint
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SELECT CONCAT(o.version, N' ', n.plan_job_id) AS stamp
    FROM onto.ontology AS o
    LEFT JOIN llm.dag_node AS n ON n.dag_node_id = @dag_node_id
    WHERE o.ontology_id = @ontology_id;
END;
