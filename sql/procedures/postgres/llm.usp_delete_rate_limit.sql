-- Purpose:     remove the limits of a model.
-- Parameters:  p_model.
-- Returns:     deleted.
-- Errors:      none.
-- Idempotency: yes.
CREATE OR REPLACE FUNCTION llm.usp_delete_rate_limit(p_model text)
RETURNS TABLE (deleted boolean)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH gone AS (DELETE FROM llm.rate_limit AS l WHERE l.model = p_model RETURNING 1)
    SELECT EXISTS (SELECT 1 FROM gone);
$$;
