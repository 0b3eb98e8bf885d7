-- Purpose:     remove a schedule; what it fired stays on record.
-- Parameters:  p_name.
-- Returns:     deleted.
-- Errors:      none.
-- Idempotency: yes.
CREATE OR REPLACE FUNCTION llm.usp_delete_schedule(p_name text)
RETURNS TABLE (deleted boolean)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH gone AS (DELETE FROM llm.schedule AS s WHERE s.name = p_name RETURNING 1)
    SELECT EXISTS (SELECT 1 FROM gone);
$$;
