-- Purpose:     retract assertions and recompute what rested on them; internal.
-- Parameters:  p_assertion_ids; p_now UTC.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: what is retracted stays so. Nobody routes meanwhile: the caller holds the lock.
CREATE OR REPLACE FUNCTION kb.usp_retract_assertions(p_assertion_ids bigint[], p_now timestamptz)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_run_id uuid := gen_random_uuid();
BEGIN
    WITH gone AS (
        UPDATE kb.assertion AS a SET retracted_at = p_now
        WHERE a.assertion_id = ANY (p_assertion_ids) AND a.retracted_at IS NULL
        RETURNING a.assertion_id, a.item_kind, a.quarantine_reason
    )
    INSERT INTO kb.stage_change (run_id, assertion_id, item_kind, change)
    SELECT v_run_id, g.assertion_id, g.item_kind, -1 FROM gone AS g WHERE g.quarantine_reason IS NULL;
    PERFORM kb.usp_refresh_statistics(cardinality(p_assertion_ids));
    PERFORM kb.usp_rebuild(v_run_id, p_now);
END
$$;
