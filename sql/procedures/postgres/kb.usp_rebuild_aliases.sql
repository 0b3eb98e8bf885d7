-- Purpose:     recompute the aliases that the changed entity assertions give; internal.
-- Parameters:  p_run_id; p_now UTC.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: a row whose values are right is not written.
-- The alias is shown as the first of its spellings in "C" order.
CREATE OR REPLACE FUNCTION kb.usp_rebuild_aliases(p_run_id uuid, p_now timestamptz)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- The entities are locked, so nobody else inserts an alias of theirs.
    WITH given AS MATERIALIZED (
        SELECT g.entity_id, g.alias_key, g.alias, s.assertion_id, e.entity_alias_id
        FROM kb.stage_link AS s
        CROSS JOIN LATERAL kb.fn_aliases(s.target_id, s.assertion_id) AS g
        LEFT JOIN kb.entity_alias AS e ON e.entity_id = g.entity_id AND e.alias_key = g.alias_key
        WHERE s.run_id = p_run_id AND s.target_table = 'dim_entity'
    ), made AS (
        INSERT INTO kb.entity_alias (entity_id, alias_key, alias, created_at, updated_at, retracted_at)
        SELECT DISTINCT ON (g.entity_id, g.alias_key) g.entity_id, g.alias_key, g.alias, p_now, p_now, p_now
        FROM given AS g
        WHERE g.entity_alias_id IS NULL
        ORDER BY g.entity_id, g.alias_key, g.alias COLLATE "C"
        RETURNING entity_alias_id, entity_id, alias_key
    )
    INSERT INTO kb.stage_link (run_id, target_table, target_id, assertion_id)
    SELECT DISTINCT p_run_id, 'entity_alias', coalesce(g.entity_alias_id, m.entity_alias_id), g.assertion_id
    FROM given AS g
    LEFT JOIN made AS m ON m.entity_id = g.entity_id AND m.alias_key = g.alias_key;
    PERFORM kb.usp_sync_links(p_run_id, 'entity_alias');
    IF NOT EXISTS (SELECT 1 FROM kb.stage_touched AS t WHERE t.run_id = p_run_id AND t.target_table = 'entity_alias') THEN
        RETURN;
    END IF;

    PERFORM 1 FROM kb.entity_alias AS e
    WHERE e.entity_alias_id IN (SELECT t.target_id FROM kb.stage_touched AS t WHERE t.run_id = p_run_id AND t.target_table = 'entity_alias')
    ORDER BY e.entity_id, e.alias_key
    FOR NO KEY UPDATE;

    PERFORM kb.usp_stage_evidence(p_run_id, 'entity_alias');
    WITH touched AS (
        SELECT t.target_id AS entity_alias_id, bool_or(t.change <= 0) AS is_full
        FROM kb.stage_touched AS t
        WHERE t.run_id = p_run_id AND t.target_table = 'entity_alias'
        GROUP BY t.target_id
    ), evidence AS (
        SELECT t.target_id AS entity_alias_id, t.assertion_id
        FROM kb.stage_touched AS t
        WHERE t.run_id = p_run_id AND t.target_table = 'entity_alias'
        GROUP BY t.target_id, t.assertion_id
        HAVING min(t.change) >= 0
    ), wanted AS (
        SELECT s.entity_alias_id, sum(s.observations)::integer AS observation_count, min(s.alias COLLATE "C") AS alias
        FROM (
            SELECT v.entity_alias_id, 1 AS observations, g.alias
            FROM evidence AS v
            JOIN kb.entity_alias AS e ON e.entity_alias_id = v.entity_alias_id
            CROSS JOIN LATERAL (
                SELECT min(x.alias COLLATE "C") AS alias FROM kb.fn_aliases(e.entity_id, v.assertion_id) AS x
                WHERE x.alias_key = e.alias_key) AS g
            UNION ALL
            SELECT e.entity_alias_id, e.observation_count, e.alias
            FROM touched AS t
            JOIN kb.entity_alias AS e ON e.entity_alias_id = t.entity_alias_id
            WHERE NOT t.is_full AND e.retracted_at IS NULL
        ) AS s
        GROUP BY s.entity_alias_id
    )
    UPDATE kb.entity_alias AS e
    SET alias = coalesce(w.alias, e.alias), observation_count = coalesce(w.observation_count, 0),
        retracted_at = CASE WHEN w.entity_alias_id IS NULL THEN coalesce(e.retracted_at, p_now) END, updated_at = p_now
    FROM touched AS t
    LEFT JOIN wanted AS w ON w.entity_alias_id = t.entity_alias_id
    WHERE e.entity_alias_id = t.entity_alias_id
      AND (w.entity_alias_id IS NULL AND e.retracted_at IS NULL
           OR w.entity_alias_id IS NOT NULL
              AND (e.alias, e.observation_count, e.retracted_at) IS DISTINCT FROM (w.alias, w.observation_count, NULL));
END
$$;
