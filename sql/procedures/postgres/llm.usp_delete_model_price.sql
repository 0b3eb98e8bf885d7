-- Purpose:     forget what a model costs; calls from now on cost null, which is unknown.
-- Parameters:  p_model.
-- Returns:     deleted.
-- Errors:      none.
-- Idempotency: yes.
CREATE OR REPLACE FUNCTION llm.usp_delete_model_price(p_model text)
RETURNS TABLE (deleted boolean)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH gone AS (DELETE FROM llm.model_price AS p WHERE p.model = p_model RETURNING 1)
    SELECT EXISTS (SELECT 1 FROM gone);
$$;
