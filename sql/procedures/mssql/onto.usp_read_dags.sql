-- Purpose:     the dags of ontologies, newest first: extractions of a whole datasource and small ones.
-- Parameters:  @datasource null for all; @dag_id null for all; @kind ontology or ontology:item, null for both; @limit.
-- Returns:     dag_id, datasource, kind, target, status, options, created_by, started_at, finished_at, error; items, done (ended
--              in any way), failed (for good; not what was cancelled): jobs beside the plans.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE onto.usp_read_dags
    @datasource nvarchar(4000) = NULL, @dag_id bigint = NULL, @kind nvarchar(4000) = NULL, @limit int = 100
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SELECT d.dag_id, d.datasource, d.kind, d.target, d.status, d.options, d.created_by, d.started_at, d.finished_at, d.error,
        c.items, c.done, f.failed
    FROM (
        SELECT TOP (COALESCE(@limit, 2147483647)) v.dag_id, v.datasource, v.kind, v.target, v.status, v.options, v.created_by,
            v.started_at, v.finished_at, v.error
        FROM onto.vw_dag AS v
        WHERE (@datasource IS NULL OR v.datasource = @datasource) AND (@dag_id IS NULL OR v.dag_id = @dag_id)
          AND (@kind IS NULL OR v.kind = @kind)
        ORDER BY v.dag_id DESC
    ) AS d
    CROSS APPLY (
        SELECT COALESCE(SUM(CONVERT(bigint, p.total)), 0) AS items, COALESCE(SUM(CONVERT(bigint, p.done)), 0) AS done
        FROM llm.vw_dag_progress AS p
        WHERE p.dag_id = d.dag_id
    ) AS c
    CROSS APPLY (
        SELECT COUNT_BIG(*) AS failed
        FROM llm.dag_node AS n
        JOIN llm.job AS j ON j.dag_node_id = n.dag_node_id AND j.dag_node_id IS NOT NULL AND j.status = N'DEADLETTER'
        -- As llm.fn_is_plan_job tells them.
        WHERE n.dag_id = d.dag_id AND j.dedupe_key NOT LIKE CONCAT(N'dag:', n.dag_node_id, N':plan:%')
    ) AS f
    ORDER BY d.dag_id DESC
    OPTION (RECOMPILE);
END;
