-- Purpose:     decide which entity each mention of the changed assertions belongs to; internal.
-- Parameters:  p_run_id whose kb.stage_change lists the assertions (their names are locked), and whose kb.stage_mention has the
--              mentions of the new ones; p_now UTC.
-- Returns:     the number of entities that are new; kb.usp_rebuild_entities inserts them.
-- Errors:      none.
-- Idempotency: a mention that already belongs where it should is not written.
-- A typed mention belongs to (name, family), or to what a split says of its page. A mention without a type belongs to the
-- one typed entity of its name on its page; else to the one typed entity of that name anywhere; else it stays
-- (name, 'unknown'). Tags are no entities in this. Nothing fuzzy happens here, so the order in which runners arrive does
-- not matter.
CREATE OR REPLACE FUNCTION kb.usp_resolve_mentions(p_run_id uuid, p_now timestamptz)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_changed text[];
    v_count   integer;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM kb.stage_item AS i WHERE i.run_id = p_run_id) THEN
        PERFORM kb.usp_stage_mentions(p_run_id);
    END IF;

    IF EXISTS (SELECT 1 FROM kb.identity_decision AS d WHERE d.kind = 'split' AND d.undone_at IS NULL) THEN
        UPDATE kb.stage_mention AS m
        SET disambiguator = n.disambiguator
        FROM ingest.source_page AS s, kb.identity_split_page AS p, kb.identity_decision AS d, kb.dim_entity AS x, kb.dim_entity AS e,
            kb.dim_entity AS n
        WHERE m.run_id = p_run_id AND m.type_family <> 'unknown' AND s.source_page_id = m.source_page_id
          AND p.source_system = s.source_system AND p.external_id = s.external_id
          AND d.identity_decision_id = p.identity_decision_id AND d.kind = 'split' AND d.undone_at IS NULL
          -- What was split may have moved to another family since.
          AND x.entity_id = d.entity_id AND e.entity_id = coalesce(x.moved_to_entity_id, x.entity_id)
          AND e.name_key = m.name_key AND e.type_family = m.type_family
          AND n.entity_id = d.other_entity_id
          AND NOT EXISTS (
              SELECT 1 FROM kb.identity_decision AS l
              JOIN kb.identity_split_page AS q ON q.identity_decision_id = l.identity_decision_id
              JOIN kb.dim_entity AS y ON y.entity_id = l.entity_id
              JOIN kb.dim_entity AS o ON o.entity_id = coalesce(y.moved_to_entity_id, y.entity_id)
              WHERE l.kind = 'split' AND l.undone_at IS NULL AND l.identity_decision_id > d.identity_decision_id
                AND q.source_system = p.source_system AND q.external_id = p.external_id
                AND o.name_key = e.name_key AND o.type_family = e.type_family);
    END IF;

    -- What these mentions were resolved to before; retracted ones have no new entity.
    IF EXISTS (SELECT 1 FROM kb.stage_change AS c WHERE c.run_id = p_run_id AND c.change <= 0) THEN
        INSERT INTO kb.stage_mention (run_id, assertion_id, mention, source_page_id, name_key, name, type_family, entity_type,
            old_entity_id, old_type_family)
        SELECT p_run_id, r.assertion_id, r.mention, r.source_page_id, r.name_key, '', r.type_family, '', r.entity_id, r.type_family
        FROM kb.stage_change AS c
        JOIN kb.resolution AS r ON r.assertion_id = c.assertion_id AND r.superseded_at IS NULL
        WHERE c.run_id = p_run_id AND (c.change = -1 OR NOT EXISTS (
            SELECT 1 FROM kb.stage_mention AS m
            WHERE m.run_id = p_run_id AND m.name_key = r.name_key AND m.assertion_id = r.assertion_id AND m.mention = r.mention));
        UPDATE kb.stage_mention AS m
        SET old_entity_id = r.entity_id, old_type_family = r.type_family
        FROM kb.resolution AS r
        WHERE m.run_id = p_run_id AND m.old_entity_id IS NULL AND r.name_key = m.name_key
          AND r.assertion_id = m.assertion_id AND r.mention = m.mention AND r.superseded_at IS NULL;
    END IF;

    WITH known AS (
        SELECT k.name_key, k.type_family, k.disambiguator, e.entity_id IS NULL AS is_new,
            coalesce(e.entity_id, nextval('kb.dim_entity_entity_id_seq')) AS entity_id
        FROM (SELECT DISTINCT m.name_key, m.type_family, m.disambiguator FROM kb.stage_mention AS m
              WHERE m.run_id = p_run_id AND m.type_family <> 'unknown' AND m.name <> '') AS k
        LEFT JOIN kb.dim_entity AS e
            ON e.name_key = k.name_key AND e.type_family = k.type_family AND e.disambiguator = k.disambiguator
    )
    UPDATE kb.stage_mention AS m
    SET new_entity_id = k.entity_id, is_new = k.is_new
    FROM known AS k
    WHERE m.run_id = p_run_id AND m.type_family = k.type_family AND m.name_key = k.name_key
      AND m.disambiguator = k.disambiguator AND m.name <> '';

    -- Names that gain or lose a typed entity: all their untyped mentions are looked at again.
    WITH delta AS (
        SELECT d.entity_id, sum(d.change) AS change
        FROM (
            SELECT m.new_entity_id AS entity_id, 1 AS change FROM kb.stage_mention AS m
            WHERE m.run_id = p_run_id AND m.type_family <> 'unknown' AND m.new_entity_id IS NOT NULL AND NOT m.is_new
            UNION ALL
            SELECT m.old_entity_id, -1 FROM kb.stage_mention AS m
            WHERE m.run_id = p_run_id AND m.old_type_family <> 'unknown' AND m.old_entity_id IS NOT NULL
        ) AS d
        GROUP BY d.entity_id
    ), counted AS (
        INSERT INTO kb.stage_count (run_id, entity_id, change)
        SELECT p_run_id, d.entity_id, d.change FROM delta AS d WHERE d.change <> 0
        RETURNING entity_id, change
    )
    SELECT array_agg(DISTINCT k.name_key) INTO v_changed
    FROM (
        -- Only who holds the lock of its name changes an entity's count.
        SELECT e.name_key
        FROM counted AS c
        JOIN kb.dim_entity AS e ON e.entity_id = c.entity_id
        WHERE (e.mention_count + c.change > 0) <> (e.mention_count > 0)
        UNION ALL
        SELECT m.name_key FROM kb.stage_mention AS m WHERE m.run_id = p_run_id AND m.is_new
    ) AS k;

    PERFORM kb.usp_write_resolutions(p_run_id, true, p_now);

    -- Their assertions are locked before their resolutions are read: the other end of a relationship may be on the move.
    PERFORM 1 FROM kb.assertion AS a
    WHERE a.assertion_id IN (SELECT u.assertion_id FROM kb.fn_untyped_mentions(p_run_id, v_changed) AS u)
    ORDER BY a.assertion_id
    FOR NO KEY UPDATE;
    IF FOUND THEN
        INSERT INTO kb.stage_mention (run_id, assertion_id, mention, source_page_id, name_key, name, type_family, entity_type,
            dimension, old_entity_id, old_type_family)
        SELECT p_run_id, u.assertion_id, u.mention, u.source_page_id, u.name_key, coalesce(nullif(n.name, ''), u.name_key), 'unknown', 'unknown', n.dimension,
            u.entity_id, 'unknown'
        FROM kb.fn_untyped_mentions(p_run_id, v_changed) AS u
        JOIN kb.assertion AS a ON a.assertion_id = u.assertion_id AND a.retracted_at IS NULL
        JOIN LATERAL kb.fn_mentions(a.item_kind, a.keys, a.payload) AS n ON n.mention = u.mention;
        GET DIAGNOSTICS v_count = ROW_COUNT;
        PERFORM kb.usp_plan_for(v_count);
    END IF;

    -- Without joins, for where many items are staged joins are hashed: whole tables would be read for each name.
    INSERT INTO kb.stage_name (run_id, source_page_id, name_key, entity_id)
    SELECT p_run_id, k.source_page_id, k.name_key, coalesce(
        (SELECT CASE WHEN min(x.entity_id) = max(x.entity_id) THEN min(x.entity_id) END
         FROM (SELECT coalesce((SELECT kb.fn_master_entity(e.entity_id) FROM kb.dim_entity AS e
                                WHERE e.entity_id = r.entity_id AND e.merged_into_entity_id IS NOT NULL), r.entity_id) AS entity_id
               FROM kb.resolution AS r
               WHERE r.source_page_id = k.source_page_id AND r.name_key = k.name_key AND r.type_family NOT IN ('unknown', 'tag')
                 AND r.superseded_at IS NULL) AS x),
        (SELECT CASE WHEN min(x.entity_id) = max(x.entity_id) THEN min(x.entity_id) END
         FROM (SELECT CASE WHEN e.merged_into_entity_id IS NULL THEN e.entity_id ELSE kb.fn_master_entity(e.entity_id) END AS entity_id
               FROM kb.dim_entity AS e
               WHERE e.name_key = k.name_key AND e.type_family NOT IN ('unknown', 'tag')
                 AND e.mention_count + coalesce((SELECT c.change FROM kb.stage_count AS c
                                                 WHERE c.run_id = p_run_id AND c.entity_id = e.entity_id), 0) > 0
               UNION ALL
               SELECT m.new_entity_id FROM kb.stage_mention AS m
               WHERE m.run_id = p_run_id AND m.name_key = k.name_key AND m.is_new AND m.type_family NOT IN ('unknown', 'tag')) AS x))
    FROM (SELECT DISTINCT u.source_page_id, u.name_key FROM kb.stage_mention AS u
          WHERE u.run_id = p_run_id AND u.type_family = 'unknown' AND u.name <> '') AS k;

    UPDATE kb.stage_mention AS m
    SET new_entity_id = n.entity_id
    FROM kb.stage_name AS n
    WHERE m.run_id = p_run_id AND m.type_family = 'unknown' AND m.name <> '' AND n.run_id = p_run_id
      AND n.source_page_id = m.source_page_id AND n.name_key = m.name_key AND n.entity_id IS NOT NULL;

    WITH known AS (
        SELECT k.name_key, e.entity_id IS NULL AS is_new,
            coalesce(e.entity_id, nextval('kb.dim_entity_entity_id_seq')) AS entity_id
        FROM (SELECT DISTINCT m.name_key FROM kb.stage_mention AS m
              WHERE m.run_id = p_run_id AND m.type_family = 'unknown' AND m.name <> '' AND m.new_entity_id IS NULL) AS k
        LEFT JOIN kb.dim_entity AS e ON e.name_key = k.name_key AND e.type_family = 'unknown' AND e.disambiguator = ''
    )
    UPDATE kb.stage_mention AS m
    SET new_entity_id = k.entity_id, is_new = k.is_new
    FROM known AS k
    WHERE m.run_id = p_run_id AND m.type_family = 'unknown' AND m.name <> '' AND m.new_entity_id IS NULL
      AND m.name_key = k.name_key;

    PERFORM kb.usp_write_resolutions(p_run_id, false, p_now);

    INSERT INTO kb.stage_change (run_id, assertion_id, item_kind, change)
    SELECT DISTINCT p_run_id, m.assertion_id, a.item_kind, 0
    FROM kb.stage_mention AS m
    JOIN kb.assertion AS a ON a.assertion_id = m.assertion_id
    WHERE m.run_id = p_run_id AND m.old_entity_id IS NOT NULL AND m.new_entity_id IS DISTINCT FROM m.old_entity_id
      AND NOT EXISTS (SELECT 1 FROM kb.stage_change AS c WHERE c.run_id = p_run_id AND c.assertion_id = m.assertion_id);

    SELECT count(DISTINCT m.new_entity_id) INTO v_count FROM kb.stage_mention AS m WHERE m.run_id = p_run_id AND m.is_new;
    RETURN v_count;
END
$$;
