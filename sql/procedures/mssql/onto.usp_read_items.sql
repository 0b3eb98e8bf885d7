-- Purpose:     the items of a dag, plans included, and how each ended.
-- Parameters:  @dag_id; @status of llm.job, null for all; @limit.
-- Returns:     node, job_id, job_type, is_plan, subject_key (the node of a plan), subject, status, attempt_count, error_code, error,
--              because (why it was planned), in the order of the nodes and jobs.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE onto.usp_read_items @dag_id bigint, @status nvarchar(4000) = NULL, @limit int = 100000
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SELECT TOP (COALESCE(@limit, 2147483647)) n.name AS node, j.job_id, j.job_type,
        llm.fn_is_plan_job(n.dag_node_id, j.dedupe_key) AS is_plan,
        COALESCE(i.subject_key COLLATE Latin1_General_100_BIN2, n.name) AS subject_key, j.subject, j.status, j.attempt_count,
        j.last_error_code AS error_code, j.last_error AS error, i.because
    FROM llm.dag_node AS n
    JOIN llm.job AS j ON j.dag_node_id = n.dag_node_id AND j.dag_node_id IS NOT NULL
    OUTER APPLY OPENJSON(j.input) WITH (subject_key nvarchar(4000) '$.subject_key', because nvarchar(max) '$.because') AS i
    WHERE n.dag_id = @dag_id AND (@status IS NULL OR j.status = @status)
    ORDER BY n.ordinal, j.job_id
    OPTION (RECOMPILE);
END;
