-- Purpose:     recompute the entity relations whose assertions changed or whose ends moved; internal.
-- Parameters:  p_run_id whose kb.stage_change and resolutions are written; p_now UTC.
-- Returns:     inserted rows and added links.
-- Errors:      none.
-- Idempotency: a row whose values are right is not written.
-- Rules: the raw type of the most confident assertion, then the first in "C" order; likewise the raw time texts; confidence
-- and state the highest; a relation without assertions is retracted.
CREATE OR REPLACE FUNCTION kb.usp_rebuild_relations(p_run_id uuid, p_now timestamptz, OUT inserted integer, OUT linked integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO kb.stage_relation (run_id, assertion_id, from_entity_id, to_entity_id, relation_key, relation_type,
        start_key, end_key)
    SELECT p_run_id, a.assertion_id,
        CASE WHEN x.merged_into_entity_id IS NULL THEN x.entity_id ELSE kb.fn_master_entity(x.entity_id) END,
        CASE WHEN y.merged_into_entity_id IS NULL THEN y.entity_id ELSE kb.fn_master_entity(y.entity_id) END,
        kb.fn_bounded_key(a.keys ->> 'relation_type_key', 300), a.payload ->> 'relation_type',
        kb.fn_bounded_key(coalesce(a.keys ->> 'start_key', ''), 150),
        kb.fn_bounded_key(coalesce(a.keys ->> 'end_key', ''), 150)
    FROM kb.stage_change AS c
    JOIN kb.assertion AS a ON a.assertion_id = c.assertion_id AND a.retracted_at IS NULL
    JOIN kb.resolution AS f ON f.assertion_id = c.assertion_id AND f.mention = 'from' AND f.superseded_at IS NULL
    JOIN kb.resolution AS t ON t.assertion_id = c.assertion_id AND t.mention = 'to' AND t.superseded_at IS NULL
    JOIN kb.dim_entity AS x ON x.entity_id = f.entity_id
    JOIN kb.dim_entity AS y ON y.entity_id = t.entity_id
    WHERE c.run_id = p_run_id AND c.item_kind = 'relationship' AND c.change >= 0;

    INSERT INTO kb.bridge_entity_relation (from_entity_id, to_entity_id, relation_key, relation_type, start_key, end_key,
        created_at, updated_at, retracted_at)
    SELECT DISTINCT ON (g.from_entity_id, g.to_entity_id, g.relation_key, g.start_key, g.end_key)
        g.from_entity_id, g.to_entity_id, g.relation_key, g.relation_type, g.start_key, g.end_key, p_now, p_now, p_now
    FROM kb.stage_relation AS g
    WHERE g.run_id = p_run_id
    ORDER BY g.from_entity_id, g.to_entity_id, g.relation_key, g.start_key, g.end_key, g.relation_type COLLATE "C"
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS inserted = ROW_COUNT;

    INSERT INTO kb.stage_link (run_id, target_table, target_id, assertion_id)
    SELECT p_run_id, 'bridge_entity_relation', b.entity_relation_id, g.assertion_id
    FROM kb.stage_relation AS g
    JOIN kb.bridge_entity_relation AS b
        ON b.from_entity_id = g.from_entity_id AND b.to_entity_id = g.to_entity_id AND b.relation_key = g.relation_key
        AND b.start_key = g.start_key AND b.end_key = g.end_key AND b.from_work_key = '' AND b.to_work_key = ''
        AND b.continuity_key = ''
    WHERE g.run_id = p_run_id;
    linked := kb.usp_sync_links(p_run_id, 'bridge_entity_relation');

    PERFORM 1 FROM kb.bridge_entity_relation AS b
    WHERE b.entity_relation_id IN (
        SELECT t.target_id FROM kb.stage_touched AS t
        WHERE t.run_id = p_run_id AND t.target_table = 'bridge_entity_relation')
    ORDER BY b.from_entity_id, b.to_entity_id, b.relation_key, b.start_key, b.end_key, b.from_work_key, b.to_work_key,
        b.continuity_key
    FOR NO KEY UPDATE;

    WITH touched AS (
        SELECT t.target_id AS entity_relation_id, bool_or(t.change <= 0) AS is_full
        FROM kb.stage_touched AS t
        WHERE t.run_id = p_run_id AND t.target_table = 'bridge_entity_relation'
        GROUP BY t.target_id
    ), evidence AS (
        SELECT t.entity_relation_id, l.assertion_id
        FROM touched AS t
        JOIN kb.assertion_link AS l ON l.target_table = 'bridge_entity_relation' AND l.target_id = t.entity_relation_id
        WHERE t.is_full
        UNION ALL
        SELECT t.entity_relation_id, s.assertion_id
        FROM touched AS t
        JOIN kb.stage_touched AS s
            ON s.run_id = p_run_id AND s.target_table = 'bridge_entity_relation' AND s.target_id = t.entity_relation_id
        WHERE NOT t.is_full
    ), source AS (
        SELECT v.entity_relation_id, 1 AS observations, a.confidence, a.payload ->> 'relation_type' AS relation_type,
            nullif(btrim(a.payload ->> 'start'), '') AS start_text, (a.keys ->> 'start_earliest')::date AS start_earliest,
            (a.keys ->> 'start_latest')::date AS start_latest, a.keys ->> 'start_precision' AS start_precision,
            nullif(btrim(a.payload ->> 'end'), '') AS end_text, (a.keys ->> 'end_earliest')::date AS end_earliest,
            (a.keys ->> 'end_latest')::date AS end_latest, a.keys ->> 'end_precision' AS end_precision,
            coalesce(g.state_rank, 0) AS state_rank
        FROM evidence AS v
        JOIN kb.assertion AS a ON a.assertion_id = v.assertion_id
        LEFT JOIN LATERAL kb.fn_state_rank(a.job_type, a.item_kind, a.confidence, a.is_weak) AS g ON true
        UNION ALL
        SELECT b.entity_relation_id, b.observation_count, b.confidence, b.relation_type, b.start_text, b.start_earliest,
            b.start_latest, b.start_precision, b.end_text, b.end_earliest, b.end_latest, b.end_precision,
            array_position(ARRAY['staged', 'suppressed', 'candidate', 'promoted'], b.promotion_state) - 1
        FROM touched AS t
        JOIN kb.bridge_entity_relation AS b ON b.entity_relation_id = t.entity_relation_id
        WHERE NOT t.is_full AND b.retracted_at IS NULL
    ), wanted AS (
        -- Equal time keys parse to equal dates, so any of a group's dates is the group's.
        SELECT s.entity_relation_id, sum(s.observations)::integer AS observation_count, max(s.confidence) AS confidence,
            (array_agg(s.relation_type ORDER BY s.confidence DESC, s.relation_type COLLATE "C"))[1] AS relation_type,
            min(s.start_text COLLATE "C") AS start_text, min(s.start_earliest) AS start_earliest,
            min(s.start_latest) AS start_latest, min(s.start_precision) AS start_precision,
            min(s.end_text COLLATE "C") AS end_text, min(s.end_earliest) AS end_earliest,
            min(s.end_latest) AS end_latest, min(s.end_precision) AS end_precision,
            (ARRAY['staged', 'suppressed', 'candidate', 'promoted'])[max(s.state_rank) + 1] AS promotion_state
        FROM source AS s
        GROUP BY s.entity_relation_id
    )
    UPDATE kb.bridge_entity_relation AS b
    SET relation_type = coalesce(w.relation_type, b.relation_type),
        start_text = CASE WHEN w.entity_relation_id IS NULL THEN b.start_text ELSE w.start_text END,
        start_earliest = CASE WHEN w.entity_relation_id IS NULL THEN b.start_earliest ELSE w.start_earliest END,
        start_latest = CASE WHEN w.entity_relation_id IS NULL THEN b.start_latest ELSE w.start_latest END,
        start_precision = CASE WHEN w.entity_relation_id IS NULL THEN b.start_precision ELSE w.start_precision END,
        end_text = CASE WHEN w.entity_relation_id IS NULL THEN b.end_text ELSE w.end_text END,
        end_earliest = CASE WHEN w.entity_relation_id IS NULL THEN b.end_earliest ELSE w.end_earliest END,
        end_latest = CASE WHEN w.entity_relation_id IS NULL THEN b.end_latest ELSE w.end_latest END,
        end_precision = CASE WHEN w.entity_relation_id IS NULL THEN b.end_precision ELSE w.end_precision END,
        confidence = coalesce(w.confidence, b.confidence), observation_count = coalesce(w.observation_count, 0),
        promotion_state = coalesce(w.promotion_state, b.promotion_state),
        needs_review = coalesce(w.promotion_state = 'candidate', false),
        retracted_at = CASE WHEN w.entity_relation_id IS NULL THEN coalesce(b.retracted_at, p_now) END,
        updated_at = p_now
    FROM touched AS t
    LEFT JOIN wanted AS w ON w.entity_relation_id = t.entity_relation_id
    WHERE b.entity_relation_id = t.entity_relation_id
      AND (w.entity_relation_id IS NULL AND b.retracted_at IS NULL
           OR w.entity_relation_id IS NOT NULL
              AND (b.relation_type, b.start_text, b.start_earliest, b.start_latest, b.start_precision, b.end_text,
                   b.end_earliest, b.end_latest, b.end_precision, b.confidence, b.observation_count, b.promotion_state,
                   b.retracted_at)
              IS DISTINCT FROM
                  (w.relation_type, w.start_text, w.start_earliest, w.start_latest, w.start_precision, w.end_text,
                   w.end_earliest, w.end_latest, w.end_precision, w.confidence, w.observation_count, w.promotion_state,
                   NULL));
END
$$;
