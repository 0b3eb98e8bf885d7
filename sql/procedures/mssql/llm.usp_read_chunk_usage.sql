-- Purpose:     what the chunks of a contract used on average, re-asks and failed requests included: what estimates go by.
-- Parameters:  @contract_name.
-- Returns:     chunks that were looked at, of the latest 500 succeeded runs of the contract among the latest 20 000 runs;
--              input_tokens, output_tokens on average (null without any).
-- Errors:      none.
-- Idempotency: reads only.
-- The latest runs are those that finished last: run_ids have no order here that says so.
CREATE OR ALTER PROCEDURE llm.usp_read_chunk_usage @contract_name nvarchar(200)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SELECT COUNT_BIG(*) AS chunks, AVG(CONVERT(float, g.input_tokens)) AS input_tokens,
        AVG(CONVERT(float, g.output_tokens)) AS output_tokens
    FROM (
        SELECT c.run_id, c.chunk_index, SUM(c.input_tokens) AS input_tokens, SUM(c.output_tokens) AS output_tokens
        FROM (SELECT TOP (500) n.run_id
              FROM (SELECT TOP (20000) r.run_id, r.contract_name, r.status, r.finished_at
                    FROM llm.run AS r
                    ORDER BY r.finished_at DESC) AS n
              WHERE n.contract_name = @contract_name AND n.status = N'SUCCEEDED'
              ORDER BY n.finished_at DESC) AS s
        JOIN llm.call AS c ON c.run_id = s.run_id AND c.cache_hit = 0
        GROUP BY c.run_id, c.chunk_index
    ) AS g
    WHERE g.input_tokens > 0;
END;
