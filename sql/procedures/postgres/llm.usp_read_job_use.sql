-- Purpose:     the tokens that the former attempts of a job used, for its cap.
-- Parameters:  p_job_id.
-- Returns:     tokens.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION llm.usp_read_job_use(p_job_id bigint)
RETURNS TABLE (tokens bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(sum(r.input_tokens + r.output_tokens), 0)::bigint FROM llm.run AS r
    WHERE r.job_id = p_job_id AND r.status <> 'SUCCEEDED';
$$;
