-- Purpose:     recompute the bridges whose assertions changed or whose ends moved; internal.
-- Parameters:  p_run_id whose kb.stage_change and resolutions are written; p_now UTC.
-- Returns:     inserted rows and added links.
-- Errors:      none.
-- Idempotency: a row whose values are right is not written.
-- Rules: the raw type of the most confident assertion, then the first in "C" order; of the texts behind the time, work and
-- continuity keys the first in "C" order; confidence and state the highest; a relation without assertions is retracted;
-- what people decided (kb.adjudication) stands above it, also after an end was merged into another entity.
CREATE OR REPLACE FUNCTION kb.usp_rebuild_relations(p_run_id uuid, p_now timestamptz, OUT inserted integer, OUT linked integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_decided  boolean := EXISTS (SELECT 1 FROM kb.adjudication AS d WHERE d.kind = 'relation' AND d.undone_at IS NULL);
    v_nestloop text := current_setting('enable_nestloop');
BEGIN
    -- Each assertion is looked up by itself, also where many are staged: hashing would read whole tables for each of them.
    PERFORM set_config('enable_nestloop', 'on', true);
    INSERT INTO kb.stage_relation (run_id, assertion_id, from_entity_id, to_entity_id, relation_key, start_key, end_key,
        from_work_key, to_work_key, continuity_key, relation_type, start_text, start_earliest, start_latest, start_precision,
        end_text, end_earliest, end_latest, end_precision, from_work, to_work, continuity, confidence, state_rank)
    SELECT p_run_id, c.assertion_id, r.*
    FROM kb.stage_change AS c
    CROSS JOIN LATERAL kb.fn_assertion_relations(c.assertion_id) AS r
    WHERE c.run_id = p_run_id AND c.change >= 0 AND c.item_kind IN ('relationship', 'event', 'work', 'location', 'tag');
    IF EXISTS (SELECT 1 FROM kb.stage_change AS c WHERE c.run_id = p_run_id AND c.item_kind = 'decided_relation') THEN
        INSERT INTO kb.stage_relation (run_id, assertion_id, from_entity_id, to_entity_id, relation_key, start_key, end_key,
            from_work_key, to_work_key, continuity_key, relation_type, confidence, state_rank)
        SELECT p_run_id, c.assertion_id, r.from_entity_id, r.to_entity_id, r.relation_key, r.start_key, r.end_key,
            r.from_work_key, r.to_work_key, r.continuity_key, r.relation_type, r.confidence, r.state_rank
        FROM kb.stage_change AS c
        CROSS JOIN LATERAL kb.fn_decided_relations(c.assertion_id) AS r
        WHERE c.run_id = p_run_id AND c.change >= 0 AND c.item_kind = 'decided_relation';
    END IF;

    PERFORM set_config('enable_nestloop', v_nestloop, true);

    -- Both ends are locked, so nobody else inserts a bridge between them: an id can be taken before the row is there.
    WITH known AS (
        SELECT k.*, b.entity_relation_id IS NULL AS is_new,
            coalesce(b.entity_relation_id, nextval('kb.bridge_entity_relation_entity_relation_id_seq')) AS entity_relation_id
        FROM (SELECT DISTINCT g.from_entity_id, g.to_entity_id, g.relation_key, g.start_key, g.end_key, g.from_work_key,
                g.to_work_key, g.continuity_key
              FROM kb.stage_relation AS g WHERE g.run_id = p_run_id) AS k
        LEFT JOIN kb.bridge_entity_relation AS b
            ON b.from_entity_id = k.from_entity_id AND b.to_entity_id = k.to_entity_id AND b.relation_key = k.relation_key
            AND b.start_key = k.start_key AND b.end_key = k.end_key AND b.from_work_key = k.from_work_key
            AND b.to_work_key = k.to_work_key AND b.continuity_key = k.continuity_key
    ), placed AS (
        UPDATE kb.stage_relation AS g
        SET entity_relation_id = k.entity_relation_id
        FROM known AS k
        WHERE g.run_id = p_run_id AND g.from_entity_id = k.from_entity_id AND g.to_entity_id = k.to_entity_id
          AND g.relation_key = k.relation_key AND g.start_key = k.start_key AND g.end_key = k.end_key
          AND g.from_work_key = k.from_work_key AND g.to_work_key = k.to_work_key AND g.continuity_key = k.continuity_key
        RETURNING g.assertion_id, g.entity_relation_id
    ), staged AS (
        INSERT INTO kb.stage_link (run_id, target_table, target_id, assertion_id)
        SELECT DISTINCT p_run_id, 'bridge_entity_relation', p.entity_relation_id, p.assertion_id FROM placed AS p
    )
    SELECT count(*) INTO inserted FROM known AS k WHERE k.is_new;
    linked := kb.usp_sync_links(p_run_id, 'bridge_entity_relation');

    IF NOT EXISTS (SELECT 1 FROM kb.stage_touched AS t WHERE t.run_id = p_run_id AND t.target_table = 'bridge_entity_relation') THEN
        RETURN;
    END IF;

    PERFORM 1 FROM kb.bridge_entity_relation AS b
    WHERE b.entity_relation_id IN (
        SELECT t.target_id FROM kb.stage_touched AS t
        WHERE t.run_id = p_run_id AND t.target_table = 'bridge_entity_relation')
    ORDER BY b.from_entity_id, b.to_entity_id, b.relation_key, b.start_key, b.end_key, b.from_work_key, b.to_work_key,
        b.continuity_key
    FOR NO KEY UPDATE;

    -- A row that lost evidence, or of which it is not known what the evidence alone says, is computed afresh from all that
    -- supports it.
    IF v_decided THEN
        INSERT INTO kb.stage_touched (run_id, target_table, target_id, assertion_id, change)
        SELECT DISTINCT p_run_id, 'bridge_entity_relation', t.target_id, t.assertion_id, 0
        FROM kb.stage_touched AS t
        LEFT JOIN kb.bridge_entity_relation AS b ON b.entity_relation_id = t.target_id
        WHERE t.run_id = p_run_id AND t.target_table = 'bridge_entity_relation' AND (b.undecided IS NOT NULL) <> (
            (EXISTS (SELECT 1 FROM kb.adjudication AS d WHERE d.kind = 'relation' AND d.target_id = t.target_id AND d.undone_at IS NULL)
             OR EXISTS (SELECT 1 FROM kb.stage_relation AS g
                        JOIN kb.dim_entity AS e ON e.merged_into_entity_id = g.from_entity_id OR e.merged_into_entity_id = g.to_entity_id
                        WHERE g.run_id = p_run_id AND g.entity_relation_id = t.target_id))
            AND EXISTS (SELECT 1 FROM kb.fn_relation_decision(p_run_id, t.target_id)));
    END IF;
    IF EXISTS (SELECT 1 FROM kb.stage_touched AS t WHERE t.run_id = p_run_id AND t.target_table = 'bridge_entity_relation' AND t.change <= 0) THEN
        PERFORM set_config('enable_nestloop', 'on', true);
        INSERT INTO kb.stage_relation (run_id, assertion_id, entity_relation_id, from_entity_id, to_entity_id, relation_key,
            start_key, end_key, from_work_key, to_work_key, continuity_key, relation_type, start_text, start_earliest,
            start_latest, start_precision, end_text, end_earliest, end_latest, end_precision, from_work, to_work, continuity,
            confidence, state_rank)
        SELECT p_run_id, l.assertion_id, f.target_id, r.*
        FROM (SELECT DISTINCT t.target_id FROM kb.stage_touched AS t
              WHERE t.run_id = p_run_id AND t.target_table = 'bridge_entity_relation' AND t.change <= 0) AS f
        JOIN kb.bridge_entity_relation AS b ON b.entity_relation_id = f.target_id
        JOIN kb.assertion_link AS l ON l.target_table = 'bridge_entity_relation' AND l.target_id = f.target_id
        CROSS JOIN LATERAL (
            SELECT * FROM kb.fn_assertion_relations(l.assertion_id)
            UNION ALL
            SELECT * FROM kb.fn_decided_relations(l.assertion_id)) AS r
        WHERE r.from_entity_id = b.from_entity_id AND r.to_entity_id = b.to_entity_id AND r.relation_key = b.relation_key
          AND r.start_key = b.start_key AND r.end_key = b.end_key AND r.from_work_key = b.from_work_key
          AND r.to_work_key = b.to_work_key AND r.continuity_key = b.continuity_key
          AND NOT EXISTS (SELECT 1 FROM kb.stage_relation AS g
                          WHERE g.run_id = p_run_id AND g.entity_relation_id = f.target_id AND g.assertion_id = l.assertion_id);
        PERFORM set_config('enable_nestloop', v_nestloop, true);
    END IF;

    WITH touched AS (
        SELECT t.target_id AS entity_relation_id, bool_or(t.change <= 0) AS is_full
        FROM kb.stage_touched AS t
        WHERE t.run_id = p_run_id AND t.target_table = 'bridge_entity_relation'
        GROUP BY t.target_id
    ), source AS (
        SELECT t.is_full AS may_be_decided, g.entity_relation_id, g.assertion_id, 1 AS observations, g.from_entity_id, g.to_entity_id, g.relation_key,
            g.start_key, g.end_key, g.from_work_key, g.to_work_key, g.continuity_key, g.relation_type, g.start_text,
            g.start_earliest, g.start_latest, g.start_precision, g.end_text, g.end_earliest, g.end_latest, g.end_precision,
            g.from_work, g.to_work, g.continuity, g.confidence, g.state_rank
        FROM touched AS t
        JOIN kb.stage_relation AS g ON g.run_id = p_run_id AND g.entity_relation_id = t.entity_relation_id
        WHERE t.is_full OR EXISTS (
            SELECT 1 FROM kb.stage_touched AS s
            WHERE s.run_id = p_run_id AND s.target_table = 'bridge_entity_relation' AND s.target_id = t.entity_relation_id
              AND s.assertion_id = g.assertion_id)
        UNION ALL
        SELECT u.undecided IS NOT NULL, u.entity_relation_id, NULL, u.observation_count, u.from_entity_id, u.to_entity_id, u.relation_key,
            u.start_key, u.end_key, u.from_work_key, u.to_work_key, u.continuity_key, u.relation_type, u.start_text,
            u.start_earliest, u.start_latest, u.start_precision, u.end_text, u.end_earliest, u.end_latest, u.end_precision,
            u.from_work, u.to_work, u.continuity, u.confidence,
            coalesce(array_position(ARRAY['staged', 'suppressed', 'candidate', 'promoted'], u.promotion_state) - 1, 0)
        FROM touched AS t
        JOIN kb.bridge_entity_relation AS b ON b.entity_relation_id = t.entity_relation_id
        CROSS JOIN LATERAL (
            SELECT b.* WHERE b.undecided IS NULL
            UNION ALL
            SELECT r.* FROM jsonb_populate_record(b, b.undecided) AS r WHERE b.undecided IS NOT NULL) AS u
        WHERE NOT t.is_full AND b.retracted_at IS NULL
    ), best AS (
        -- Equal time keys parse to equal dates, so any of a group's dates is the group's.
        SELECT s.entity_relation_id, bool_or(s.may_be_decided) AS may_be_decided, min(s.from_entity_id) AS from_entity_id, min(s.to_entity_id) AS to_entity_id,
            min(s.relation_key) AS relation_key, min(s.start_key) AS start_key, min(s.end_key) AS end_key,
            min(s.from_work_key) AS from_work_key, min(s.to_work_key) AS to_work_key, min(s.continuity_key) AS continuity_key,
            (count(DISTINCT s.assertion_id) + coalesce(sum(s.observations) FILTER (WHERE s.assertion_id IS NULL), 0))::integer
                AS observation_count,
            max(s.confidence) AS confidence,
            (array_agg(s.relation_type ORDER BY s.confidence DESC, s.relation_type COLLATE "C"))[1] AS relation_type,
            min(s.start_text COLLATE "C") AS start_text, min(s.start_earliest) AS start_earliest,
            min(s.start_latest) AS start_latest, min(s.start_precision) AS start_precision,
            min(s.end_text COLLATE "C") AS end_text, min(s.end_earliest) AS end_earliest,
            min(s.end_latest) AS end_latest, min(s.end_precision) AS end_precision,
            min(s.from_work COLLATE "C") AS from_work, min(s.to_work COLLATE "C") AS to_work,
            min(s.continuity COLLATE "C") AS continuity, max(s.state_rank) AS state_rank
        FROM source AS s
        GROUP BY s.entity_relation_id
    )
    INSERT INTO kb.bridge_entity_relation AS b (entity_relation_id, from_entity_id, to_entity_id, relation_key,
        decided_relation_key, relation_type, start_key, end_key, from_work_key, to_work_key, continuity_key, start_text, start_earliest, start_latest,
        start_precision, end_text, end_earliest, end_latest, end_precision, from_work, to_work, continuity, confidence,
        observation_count, promotion_state, needs_review, undecided, created_at, updated_at)
    OVERRIDING SYSTEM VALUE
    SELECT s.entity_relation_id, s.from_entity_id, s.to_entity_id, s.relation_key, d.decided_relation_key,
        coalesce(d.changes ->> 'relation_type', s.relation_type), s.start_key, s.end_key, s.from_work_key, s.to_work_key,
        s.continuity_key,
        CASE WHEN d.changes ? 'start' THEN d.changes ->> 'start' ELSE s.start_text END,
        CASE WHEN d.changes ? 'start' THEN d.start_earliest ELSE s.start_earliest END,
        CASE WHEN d.changes ? 'start' THEN d.start_latest ELSE s.start_latest END,
        CASE WHEN d.changes ? 'start' THEN d.start_precision ELSE s.start_precision END,
        CASE WHEN d.changes ? 'end' THEN d.changes ->> 'end' ELSE s.end_text END,
        CASE WHEN d.changes ? 'end' THEN d.end_earliest ELSE s.end_earliest END,
        CASE WHEN d.changes ? 'end' THEN d.end_latest ELSE s.end_latest END,
        CASE WHEN d.changes ? 'end' THEN d.end_precision ELSE s.end_precision END,
        s.from_work, s.to_work, s.continuity, s.confidence, s.observation_count,
        CASE d.decision WHEN 'reject' THEN 'suppressed' WHEN 'approve' THEN 'adjudicated' WHEN 'override' THEN 'adjudicated'
            ELSE (ARRAY['staged', 'suppressed', 'candidate', 'promoted'])[s.state_rank + 1] END,
        d.decision IS NULL AND s.state_rank = 2, CASE WHEN d.decision IS NOT NULL THEN
            jsonb_build_object('relation_type', s.relation_type, 'start_text', s.start_text, 'start_earliest', s.start_earliest,
                'start_latest', s.start_latest, 'start_precision', s.start_precision, 'end_text', s.end_text,
                'end_earliest', s.end_earliest, 'end_latest', s.end_latest, 'end_precision', s.end_precision,
                'promotion_state', (ARRAY['staged', 'suppressed', 'candidate', 'promoted'])[s.state_rank + 1]) END, p_now, p_now
    FROM best AS s
    LEFT JOIN LATERAL kb.fn_relation_decision(p_run_id, CASE WHEN v_decided AND s.may_be_decided THEN s.entity_relation_id END) AS d ON true
    ORDER BY s.from_entity_id, s.to_entity_id, s.relation_key, s.start_key, s.end_key
    ON CONFLICT (entity_relation_id) DO UPDATE
    SET decided_relation_key = EXCLUDED.decided_relation_key, relation_type = EXCLUDED.relation_type,
        start_text = EXCLUDED.start_text, start_earliest = EXCLUDED.start_earliest, start_latest = EXCLUDED.start_latest, start_precision = EXCLUDED.start_precision, end_text = EXCLUDED.end_text,
        end_earliest = EXCLUDED.end_earliest, end_latest = EXCLUDED.end_latest, end_precision = EXCLUDED.end_precision,
        from_work = EXCLUDED.from_work, to_work = EXCLUDED.to_work, continuity = EXCLUDED.continuity,
        confidence = EXCLUDED.confidence, observation_count = EXCLUDED.observation_count,
        promotion_state = EXCLUDED.promotion_state, needs_review = EXCLUDED.needs_review,
        undecided = EXCLUDED.undecided, retracted_at = NULL, updated_at = p_now
    WHERE (b.decided_relation_key, b.relation_type, b.start_text, b.start_earliest, b.start_latest, b.start_precision, b.end_text, b.end_earliest,
           b.end_latest, b.end_precision, b.from_work, b.to_work, b.continuity, b.confidence, b.observation_count,
           b.promotion_state, b.needs_review, b.undecided, b.retracted_at)
        IS DISTINCT FROM (EXCLUDED.decided_relation_key, EXCLUDED.relation_type, EXCLUDED.start_text, EXCLUDED.start_earliest, EXCLUDED.start_latest,
           EXCLUDED.start_precision, EXCLUDED.end_text, EXCLUDED.end_earliest, EXCLUDED.end_latest, EXCLUDED.end_precision,
           EXCLUDED.from_work, EXCLUDED.to_work, EXCLUDED.continuity, EXCLUDED.confidence, EXCLUDED.observation_count,
           EXCLUDED.promotion_state, EXCLUDED.needs_review, EXCLUDED.undecided, NULL);

    UPDATE kb.bridge_entity_relation AS b
    SET observation_count = 0, needs_review = false, undecided = NULL, retracted_at = p_now, updated_at = p_now
    FROM kb.stage_touched AS t
    WHERE t.run_id = p_run_id AND t.target_table = 'bridge_entity_relation' AND t.change <= 0
      AND b.entity_relation_id = t.target_id AND b.retracted_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM kb.assertion_link AS l
                      WHERE l.target_table = 'bridge_entity_relation' AND l.target_id = b.entity_relation_id);
END
$$;
