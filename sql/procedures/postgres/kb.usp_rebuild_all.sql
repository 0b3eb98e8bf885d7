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
    PERFORM pg_advisory_xact_lock(7365526003);

    PERFORM kb.usp_judge_ungrounded(NULL);
    -- Nothing rests on what was retracted.
    WITH gone AS (
        DELETE FROM kb.assertion_link AS l
        USING kb.assertion AS a
        WHERE a.assertion_id = l.assertion_id AND (a.retracted_at IS NOT NULL OR a.quarantine_reason IS NOT NULL)
        RETURNING l.target_table, l.target_id, l.assertion_id
    )
    INSERT INTO kb.stage_touched (run_id, target_table, target_id, assertion_id, change)
    SELECT v_run_id, g.target_table, g.target_id, g.assertion_id, -1 FROM gone AS g;
    INSERT INTO kb.stage_change (run_id, assertion_id, item_kind, change)
    SELECT DISTINCT v_run_id, a.assertion_id, a.item_kind, -1
    FROM kb.resolution AS r
    JOIN kb.assertion AS a ON a.assertion_id = r.assertion_id
    WHERE r.superseded_at IS NULL AND (a.retracted_at IS NOT NULL OR a.quarantine_reason IS NOT NULL);

    INSERT INTO kb.stage_change (run_id, assertion_id, item_kind, change)
    SELECT v_run_id, a.assertion_id, a.item_kind, 0
    FROM kb.assertion AS a
    WHERE a.retracted_at IS NULL AND a.quarantine_reason IS NULL;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    -- What is linked counts as touched even if its links stay.
    INSERT INTO kb.stage_touched (run_id, target_table, target_id, assertion_id, change)
    SELECT v_run_id, l.target_table, l.target_id, l.assertion_id, 0
    FROM kb.assertion_link AS l;

    -- Routing counts mentions by what changed; here they are counted.
    UPDATE kb.dim_entity AS e
    SET mention_count = m.mention_count
    FROM (
        SELECT o.entity_id, count(r.resolution_id)::integer AS mention_count
        FROM kb.dim_entity AS o
        LEFT JOIN kb.resolution AS r ON r.entity_id = o.entity_id AND r.superseded_at IS NULL AND r.type_family <> 'unknown'
        GROUP BY o.entity_id
    ) AS m
    WHERE m.entity_id = e.entity_id AND e.mention_count <> m.mention_count;

    PERFORM kb.usp_refresh_statistics(v_count::integer);
    PERFORM kb.usp_rebuild(v_run_id, v_now);
    RETURN QUERY SELECT v_count;
END
$$;
