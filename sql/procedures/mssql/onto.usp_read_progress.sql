-- Purpose:     how far a dag is, node by node.
-- Parameters:  @dag_id.
-- Returns:     one row a node, in order: ordinal, name, status, is_planning (its items are being counted), done, failed, total,
--              running (json array of subjects, 5 at most), waiting (jobs to be tried again later) and why (of one of them), message (what the plan
--              found and how the node ended; why the plan failed), applied (json: what its plan settled), started_at, finished_at; with each row dag_status, dag_error.
-- Errors:      none; no row for an unknown dag.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE onto.usp_read_progress @dag_id bigint
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SELECT p.ordinal, p.name, p.status,
        CONVERT(bit, CASE WHEN p.status = N'RUNNING' AND (j.status IS NULL OR j.status IN (N'NEW', N'SCHEDULED', N'RUNNING'))
            THEN 1 ELSE 0 END) AS is_planning,
        p.done, p.failed, p.total, s.running, w.waiting, (
            -- Runs that succeeded have no index by job, and say nothing here.
            SELECT TOP (1) r.error FROM llm.run AS r
            WHERE r.job_id = w.job_id AND r.status <> N'SUCCEEDED' ORDER BY r.finished_at DESC) AS why,
        CASE j.status WHEN N'DEADLETTER' THEN j.last_error ELSE p.message END AS message,
        JSON_QUERY(j.outcome, '$.applied') AS applied, p.started_at, p.finished_at, p.dag_status, d.error AS dag_error
    FROM llm.vw_dag_progress AS p
    JOIN llm.dag AS d ON d.dag_id = p.dag_id
    JOIN llm.dag_node AS n ON n.dag_id = p.dag_id AND n.ordinal = p.ordinal
    LEFT JOIN llm.job AS j ON j.job_id = n.plan_job_id
    CROSS APPLY (
        SELECT COALESCE(N'[' + STRING_AGG(llm.fn_json_string(r.[value]), N',') WITHIN GROUP (ORDER BY CONVERT(int, r.[key])) + N']',
            N'[]') AS running
        FROM OPENJSON(p.running) AS r
        WHERE CONVERT(int, r.[key]) < 5
    ) AS s
    CROSS APPLY (
        SELECT COUNT_BIG(*) AS waiting, MIN(k.job_id) AS job_id
        FROM llm.job AS k
        WHERE p.status = N'RUNNING' AND k.dag_node_id = n.dag_node_id AND k.dag_node_id IS NOT NULL
          AND k.status = N'SCHEDULED'
    ) AS w
    WHERE p.dag_id = @dag_id
    ORDER BY p.ordinal;
END;
