-- Purpose:     decide which entity each mention of the changed assertions belongs to; internal.
-- Parameters:  p_run_id whose kb.stage_change lists the assertions (their names are locked); p_now UTC.
-- Returns:     the number of entities that were inserted.
-- Errors:      none.
-- Idempotency: a mention that already belongs where it should is not written.
-- A typed mention belongs to (name, family). A mention without a type belongs to the one typed entity of its name on its
-- page; else to the one typed entity of that name anywhere; else it stays (name, 'unknown'). Nothing fuzzy happens here,
-- so the order in which runners arrive does not matter.
CREATE OR REPLACE FUNCTION kb.usp_resolve_mentions(p_run_id uuid, p_now timestamptz)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_changed  text[];
    v_inserted integer;
    v_unknown  integer;
BEGIN
    INSERT INTO kb.stage_mention (run_id, assertion_id, mention, source_page_id, name_key, name, type_family, entity_type)
    SELECT p_run_id, a.assertion_id, m.mention, a.source_page_id, m.name_key, m.name,
        coalesce(t.family, nullif(m.type_key, ''), 'unknown'), coalesce(nullif(m.type, ''), 'unknown')
    FROM kb.stage_change AS c
    JOIN kb.assertion AS a ON a.assertion_id = c.assertion_id AND a.retracted_at IS NULL
    CROSS JOIN LATERAL kb.fn_mentions(a.item_kind, a.keys, a.payload) AS m
    LEFT JOIN kb.type_map AS t ON t.kind = 'entity' AND t.type_key = m.type_key
    WHERE c.run_id = p_run_id AND c.change >= 0;

    INSERT INTO kb.dim_entity (name_key, type_family, entity_name, entity_type, created_at, updated_at, retracted_at)
    SELECT DISTINCT ON (m.name_key, m.type_family) m.name_key, m.type_family, m.name, m.entity_type, p_now, p_now, p_now
    FROM kb.stage_mention AS m
    WHERE m.run_id = p_run_id AND m.type_family <> 'unknown'
      AND NOT EXISTS (
          SELECT 1 FROM kb.dim_entity AS e
          WHERE e.name_key = m.name_key AND e.type_family = m.type_family AND e.disambiguator = '')
    ORDER BY m.name_key, m.type_family, m.name COLLATE "C", m.entity_type COLLATE "C"
    ON CONFLICT (name_key, type_family, disambiguator) DO NOTHING;
    GET DIAGNOSTICS v_inserted = ROW_COUNT;

    UPDATE kb.stage_mention AS m
    SET new_entity_id = e.entity_id
    FROM kb.dim_entity AS e
    WHERE m.run_id = p_run_id AND m.type_family <> 'unknown'
      AND e.name_key = m.name_key AND e.type_family = m.type_family AND e.disambiguator = '';

    -- What these mentions were resolved to before; retracted ones have no new entity.
    INSERT INTO kb.stage_mention (run_id, assertion_id, mention, source_page_id, name_key, name, type_family, entity_type,
        old_entity_id, old_type_family)
    SELECT p_run_id, r.assertion_id, r.mention, r.source_page_id, r.name_key, '', r.type_family, '', r.entity_id, r.type_family
    FROM kb.stage_change AS c
    JOIN kb.resolution AS r ON r.assertion_id = c.assertion_id AND r.superseded_at IS NULL
    WHERE c.run_id = p_run_id AND c.change = -1;
    UPDATE kb.stage_mention AS m
    SET old_entity_id = r.entity_id, old_type_family = r.type_family
    FROM kb.resolution AS r
    WHERE m.run_id = p_run_id AND m.old_entity_id IS NULL
      AND r.assertion_id = m.assertion_id AND r.mention = m.mention AND r.superseded_at IS NULL;

    -- Names that gain or lose a typed entity: all their untyped mentions are looked at again.
    WITH delta AS (
        SELECT d.entity_id, sum(d.change) AS change
        FROM (
            SELECT m.new_entity_id AS entity_id, 1 AS change FROM kb.stage_mention AS m
            WHERE m.run_id = p_run_id AND m.type_family <> 'unknown' AND m.new_entity_id IS NOT NULL
            UNION ALL
            SELECT m.old_entity_id, -1 FROM kb.stage_mention AS m
            WHERE m.run_id = p_run_id AND m.old_type_family <> 'unknown' AND m.old_entity_id IS NOT NULL
        ) AS d
        GROUP BY d.entity_id
    ), counted AS (
        UPDATE kb.dim_entity AS e
        SET mention_count = e.mention_count + d.change
        FROM delta AS d
        WHERE e.entity_id = d.entity_id AND d.change <> 0
        RETURNING e.name_key, e.mention_count > 0 AS is_typed, e.mention_count - d.change > 0 AS was_typed
    )
    SELECT array_agg(DISTINCT k.name_key) INTO v_changed FROM counted AS k WHERE k.is_typed <> k.was_typed;

    PERFORM kb.usp_write_resolutions(p_run_id, p_now);

    -- Their assertions are locked before their resolutions are read: the other end of a relationship may be on the move.
    PERFORM 1 FROM kb.assertion AS a
    WHERE a.assertion_id IN (SELECT u.assertion_id FROM kb.fn_untyped_mentions(p_run_id, v_changed) AS u)
    ORDER BY a.assertion_id
    FOR NO KEY UPDATE;
    INSERT INTO kb.stage_mention (run_id, assertion_id, mention, source_page_id, name_key, name, type_family, entity_type,
        old_entity_id, old_type_family)
    SELECT p_run_id, u.assertion_id, u.mention, u.source_page_id, u.name_key, n.name, 'unknown', 'unknown', u.entity_id, 'unknown'
    FROM kb.fn_untyped_mentions(p_run_id, v_changed) AS u
    JOIN kb.assertion AS a ON a.assertion_id = u.assertion_id AND a.retracted_at IS NULL
    JOIN LATERAL kb.fn_mentions(a.item_kind, a.keys, a.payload) AS n ON n.mention = u.mention;

    INSERT INTO kb.stage_name (run_id, source_page_id, name_key, entity_id)
    SELECT p_run_id, k.source_page_id, k.name_key, coalesce(
        (SELECT CASE WHEN min(x.entity_id) = max(x.entity_id) THEN min(x.entity_id) END
         FROM (SELECT (SELECT CASE WHEN e.merged_into_entity_id IS NULL THEN e.entity_id ELSE kb.fn_master_entity(e.entity_id) END
                       FROM kb.dim_entity AS e WHERE e.entity_id = r.entity_id) AS entity_id
               FROM kb.resolution AS r
               WHERE r.source_page_id = k.source_page_id AND r.name_key = k.name_key AND r.type_family <> 'unknown'
                 AND r.superseded_at IS NULL) AS x),
        (SELECT CASE WHEN min(x.entity_id) = max(x.entity_id) THEN min(x.entity_id) END
         FROM (SELECT CASE WHEN e.merged_into_entity_id IS NULL THEN e.entity_id ELSE kb.fn_master_entity(e.entity_id) END AS entity_id
               FROM kb.dim_entity AS e
               WHERE e.name_key = k.name_key AND e.type_family <> 'unknown' AND e.mention_count > 0) AS x))
    FROM (SELECT DISTINCT u.source_page_id, u.name_key FROM kb.stage_mention AS u
          WHERE u.run_id = p_run_id AND u.type_family = 'unknown' AND u.name <> '') AS k;

    UPDATE kb.stage_mention AS m
    SET new_entity_id = (
        SELECT n.entity_id FROM kb.stage_name AS n
        WHERE n.run_id = p_run_id AND n.source_page_id = m.source_page_id AND n.name_key = m.name_key)
    WHERE m.run_id = p_run_id AND m.type_family = 'unknown' AND m.name <> '';

    INSERT INTO kb.dim_entity (name_key, type_family, entity_name, entity_type, created_at, updated_at, retracted_at)
    SELECT DISTINCT ON (m.name_key) m.name_key, 'unknown', m.name, 'unknown', p_now, p_now, p_now
    FROM kb.stage_mention AS m
    WHERE m.run_id = p_run_id AND m.type_family = 'unknown' AND m.name <> '' AND m.new_entity_id IS NULL
      AND NOT EXISTS (
          SELECT 1 FROM kb.dim_entity AS e
          WHERE e.name_key = m.name_key AND e.type_family = 'unknown' AND e.disambiguator = '')
    ORDER BY m.name_key, m.name COLLATE "C"
    ON CONFLICT (name_key, type_family, disambiguator) DO NOTHING;
    GET DIAGNOSTICS v_unknown = ROW_COUNT;
    UPDATE kb.stage_mention AS m
    SET new_entity_id = e.entity_id
    FROM kb.dim_entity AS e
    WHERE m.run_id = p_run_id AND m.type_family = 'unknown' AND m.name <> '' AND m.new_entity_id IS NULL
      AND e.name_key = m.name_key AND e.type_family = 'unknown' AND e.disambiguator = '';

    PERFORM kb.usp_write_resolutions(p_run_id, p_now);

    INSERT INTO kb.stage_change (run_id, assertion_id, item_kind, change)
    SELECT DISTINCT p_run_id, m.assertion_id, a.item_kind, 0
    FROM kb.stage_mention AS m
    JOIN kb.assertion AS a ON a.assertion_id = m.assertion_id
    WHERE m.run_id = p_run_id AND m.new_entity_id IS DISTINCT FROM m.old_entity_id
      AND NOT EXISTS (SELECT 1 FROM kb.stage_change AS c WHERE c.run_id = p_run_id AND c.assertion_id = m.assertion_id);

    RETURN v_inserted + v_unknown;
END
$$;
