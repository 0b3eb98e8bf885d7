-- Purpose:     recompute every derived row from the live assertions, after thresholds (kb.governance_policy) or families
--              (kb.type_map) were changed. What was decided about an entity follows its mentions into their new family.
-- Parameters:  p_now UTC, default the server's clock; p_force: go on though something that a person decided would be without
--              what it was about; it is kept, and holds again when that comes back.
-- Returns:     assertions that were looked at.
-- Errors:      CONFIRMATION_REQUIRED naming such decisions, unless forced: nothing is changed.
-- Idempotency: a row whose values are right is not written. Routing waits while it runs.
CREATE OR REPLACE FUNCTION kb.usp_rebuild_all(p_now timestamptz DEFAULT NULL, p_force boolean DEFAULT false)
RETURNS TABLE (assertions bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_now    timestamptz := coalesce(p_now, clock_timestamp());
    v_run_id uuid := gen_random_uuid();
    v_count  bigint;
    v_held   text[];
    v_lost   text[];
    v_moved  record;
BEGIN
    PERFORM pg_advisory_xact_lock(7365526003);
    v_held := ARRAY (SELECT f.kind || ':' || f.id FROM kb.fn_effective_decisions() AS f WHERE f.has_evidence);
    SELECT f.entity_ids, f.folded_ids INTO v_moved FROM kb.usp_follow_families(v_now) AS f;

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
    -- What was said of entities with evidence from many pages is asked again where that changed, as after a merge.
    IF kb.usp_retract_strayed(v_moved.entity_ids, v_now) > 0 THEN
        PERFORM kb.usp_enqueue_subjects(v_moved.entity_ids, 'families:' || v_run_id, v_now);
    ELSIF cardinality(v_moved.folded_ids) > 0 THEN
        PERFORM kb.usp_enqueue_subjects(v_moved.folded_ids, 'families:' || v_run_id, v_now);
    END IF;

    v_lost := ARRAY (
        SELECT h.name FROM unnest(v_held) AS h (name)
        EXCEPT
        SELECT f.kind || ':' || f.id FROM kb.fn_effective_decisions() AS f
        ORDER BY 1);
    IF cardinality(v_lost) > 0 AND NOT p_force THEN
        RAISE EXCEPTION 'CONFIRMATION_REQUIRED: % of what people decided would be without what it was about: %',
            cardinality(v_lost), array_to_string(v_lost[1:20], ', ') || CASE WHEN cardinality(v_lost) > 20 THEN ', ...' ELSE '' END
            USING ERRCODE = 'SR008', HINT = 'Nothing was changed. adjudication:<id> and identity:<id> are rows of kb.adjudication and '
                'kb.identity_decision. Undo them, set kb.type_map back, or call kb.usp_rebuild_all(p_force => true).';
    END IF;
    RETURN QUERY SELECT v_count;
END
$$;
