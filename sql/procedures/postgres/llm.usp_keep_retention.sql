-- Purpose:     what a runner calls to keep llm.retention_policy: the next step, by the server's clock and nobody else's.
-- Parameters:  none.
-- Returns:     as llm.usp_apply_retention.
-- Errors:      none.
-- Idempotency: see llm.usp_apply_retention.
CREATE OR REPLACE FUNCTION llm.usp_keep_retention()
RETURNS TABLE (what text, removed bigint, is_done boolean)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT r.what, r.removed, r.is_done FROM llm.usp_apply_retention() AS r;
$$;
