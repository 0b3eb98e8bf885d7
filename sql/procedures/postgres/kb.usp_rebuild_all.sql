-- Purpose:     recompute every derived row from the live assertions, after thresholds (kb.governance_policy) or families
--              (kb.type_map) were changed.
-- Parameters:  p_now UTC, default the server's clock.
-- Returns:     assertions that were looked at.
-- Errors:      none.
-- Idempotency: a row whose values are right is not written. Routing waits while it runs.
CREATE OR REPLACE FUNCTION kb.usp_rebuild_all(p_now timestamptz DEFAULT NULL)
RETURNS TABLE (assertions bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_now    timestamptz := coalesce(p_now, clock_timestamp());
    v_run_id uuid := gen_random_uuid();
    v_count  bigint;
BEGIN
    PERFORM kb.usp_plan_by_size();
    PERFORM 1 FROM kb.name AS n ORDER BY n.name_key FOR UPDATE;

    INSERT INTO kb.stage_change (run_id, assertion_id, item_kind, change)
    SELECT v_run_id, a.assertion_id, a.item_kind, 0
    FROM kb.assertion AS a
    WHERE a.retracted_at IS NULL AND a.quarantine_reason IS NULL;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    -- What is linked counts as touched even if its links stay.
    INSERT INTO kb.stage_touched (run_id, target_table, target_id, assertion_id, change)
    SELECT v_run_id, l.target_table, l.target_id, l.assertion_id, 0
    FROM kb.assertion_link AS l;

    PERFORM kb.usp_rebuild(v_run_id, v_now);
    RETURN QUERY SELECT v_count;
END
$$;
