-- Purpose:     set the most USD that a dag may cost, or remove that limit; its jobs wait when the money is spent.
-- Parameters:  p_dag_id; p_usd_limit 0 or more (null = no limit); p_now UTC.
-- Returns:     usd_limit, usd_used so far.
-- Errors:      INVALID_PAYLOAD, NOT_FOUND.
-- Idempotency: yes. What was used stays counted. llm.usp_create_dag takes the limit from its option usd_limit.
CREATE OR REPLACE FUNCTION llm.usp_put_dag_limit(p_dag_id bigint, p_usd_limit numeric, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (usd_limit numeric, usd_used numeric)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    IF p_usd_limit < 0 OR p_usd_limit >= 100000000 THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: p_usd_limit is less than 0, or 100000000 or more' USING ERRCODE = 'SR004';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM llm.dag AS d WHERE d.dag_id = p_dag_id) THEN
        RAISE EXCEPTION 'NOT_FOUND: no dag has the id %', p_dag_id USING ERRCODE = 'SR012';
    END IF;
    IF p_usd_limit IS NULL THEN
        DELETE FROM llm.dag_budget AS b WHERE b.dag_id = p_dag_id;
        RETURN QUERY SELECT NULL::numeric, NULL::numeric;
        RETURN;
    END IF;
    RETURN QUERY
    INSERT INTO llm.dag_budget AS b (dag_id, usd_limit, usd_used, updated_at)
    SELECT p_dag_id, p_usd_limit, coalesce(sum(c.cost_usd), 0), coalesce(p_now, clock_timestamp())
    FROM llm.dag_node AS n
    JOIN llm.job AS j ON j.dag_node_id = n.dag_node_id
    CROSS JOIN LATERAL (
        SELECT j.run_id UNION
        SELECT f.run_id FROM llm.run AS f WHERE f.job_id = j.job_id AND f.status <> 'SUCCEEDED') AS r
    JOIN llm.call AS c ON c.run_id = r.run_id
    WHERE n.dag_id = p_dag_id
    ON CONFLICT (dag_id) DO UPDATE SET usd_limit = EXCLUDED.usd_limit, updated_at = EXCLUDED.updated_at
    RETURNING b.usd_limit, b.usd_used;
END
$$;
