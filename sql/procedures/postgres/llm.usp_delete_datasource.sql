-- Purpose:     remove a datasource; pages that came from it stay.
-- Parameters:  p_name.
-- Returns:     deleted.
-- Errors:      none.
-- Idempotency: yes.
CREATE OR REPLACE FUNCTION llm.usp_delete_datasource(p_name text)
RETURNS TABLE (deleted boolean)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH gone AS (DELETE FROM llm.datasource AS d WHERE d.name = p_name RETURNING 1)
    SELECT EXISTS (SELECT 1 FROM gone);
$$;
