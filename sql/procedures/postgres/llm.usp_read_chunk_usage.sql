-- Purpose:     what the chunks of a contract used on average, re-asks and failed requests included: what estimates go by.
-- Parameters:  p_contract_name.
-- Returns:     chunks that were looked at, of the latest 500 succeeded runs of the contract among the latest 20 000 runs;
--              input_tokens, output_tokens on average (null without any).
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION llm.usp_read_chunk_usage(p_contract_name text)
RETURNS TABLE (chunks bigint, input_tokens double precision, output_tokens double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT count(*), avg(g.input_tokens)::float8, avg(g.output_tokens)::float8
    FROM (
        SELECT c.run_id, c.chunk_index, sum(c.input_tokens) AS input_tokens, sum(c.output_tokens) AS output_tokens
        FROM (SELECT n.run_id FROM (SELECT r.run_id, r.contract_name, r.status FROM llm.run AS r
                                    ORDER BY r.run_id DESC LIMIT 20000) AS n
              WHERE n.contract_name = p_contract_name AND n.status = 'SUCCEEDED'
              ORDER BY n.run_id DESC LIMIT 500) AS s
        JOIN llm.call AS c ON c.run_id = s.run_id AND NOT c.cache_hit
        GROUP BY c.run_id, c.chunk_index
    ) AS g
    WHERE g.input_tokens > 0
$$;
