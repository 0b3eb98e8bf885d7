-- Purpose:     resolve the mentions of entities again, after what they are was decided anew; internal.
-- Parameters:  p_entity_ids whose merges or splits changed (whole groups follow); p_now UTC.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: a row whose values are right is not written. Nobody routes meanwhile: the caller holds the lock.
CREATE OR REPLACE FUNCTION kb.usp_rebuild_groups(p_entity_ids bigint[], p_now timestamptz)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_run_id uuid := gen_random_uuid();
    v_ids    bigint[];
    v_count  integer;
BEGIN
    v_ids := ARRAY (
        SELECT DISTINCT g.entity_id
        FROM unnest(p_entity_ids) AS i (entity_id)
        CROSS JOIN LATERAL kb.fn_merge_group(kb.fn_master_entity(i.entity_id)) AS g);

    INSERT INTO kb.stage_change (run_id, assertion_id, item_kind, change)
    SELECT v_run_id, a.assertion_id, a.item_kind, 0
    FROM kb.assertion AS a
    WHERE a.retracted_at IS NULL AND a.quarantine_reason IS NULL AND a.assertion_id IN (
        SELECT r.assertion_id FROM kb.resolution AS r WHERE r.entity_id = ANY (v_ids) AND r.superseded_at IS NULL
        UNION
        SELECT r.assertion_id FROM kb.resolution AS r
        WHERE r.name_key IN (SELECT e.name_key FROM kb.dim_entity AS e WHERE e.entity_id = ANY (v_ids)) AND r.superseded_at IS NULL);
    GET DIAGNOSTICS v_count = ROW_COUNT;
    INSERT INTO kb.stage_touched (run_id, target_table, target_id, assertion_id, change)
    SELECT v_run_id, 'dim_entity', i.entity_id, 0, 0 FROM unnest(v_ids) AS i (entity_id);

    PERFORM kb.usp_refresh_statistics(v_count);
    PERFORM kb.usp_rebuild(v_run_id, p_now);
END
$$;
