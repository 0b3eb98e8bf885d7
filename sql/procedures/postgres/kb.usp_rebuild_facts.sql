-- Purpose:     recompute the facts whose assertions changed or whose subject moved; internal.
-- Parameters:  p_run_id whose kb.stage_change and resolutions are written; p_now UTC.
-- Returns:     inserted rows and added links.
-- Errors:      none.
-- Idempotency: a row whose values are right is not written.
-- Rules: the raw attribute and value of the most confident assertion, then the first in "C" order; of the texts behind the
-- other keys the first in "C" order; confidence and state the highest; a fact without assertions is retracted; what people
-- decided (kb.adjudication) stands above it, also after the subject was merged into another entity.
CREATE OR REPLACE FUNCTION kb.usp_rebuild_facts(p_run_id uuid, p_now timestamptz, OUT inserted integer, OUT linked integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_decided  boolean := EXISTS (SELECT 1 FROM kb.adjudication AS d WHERE d.kind = 'fact' AND d.undone_at IS NULL);
    v_nestloop text := current_setting('enable_nestloop');
BEGIN
    -- Each assertion is looked up by itself, also where many are staged: hashing would read whole tables for each of them.
    PERFORM set_config('enable_nestloop', 'on', true);
    INSERT INTO kb.stage_fact (run_id, assertion_id, entity_id, attribute_key, value_key, unit_key, start_key, end_key,
        from_work_key, to_work_key, continuity_key, attribute, value, unit, value_earliest, value_latest,
        value_precision, start_text, start_earliest, start_latest, start_precision,
        end_text, end_earliest, end_latest, end_precision, from_work, to_work, continuity, confidence, state_rank)
    SELECT p_run_id, c.assertion_id, r.*
    FROM kb.stage_change AS c
    CROSS JOIN LATERAL kb.fn_assertion_facts(c.assertion_id) AS r
    WHERE c.run_id = p_run_id AND c.change >= 0 AND c.item_kind IN ('fact', 'event', 'work', 'period');

    PERFORM set_config('enable_nestloop', v_nestloop, true);

    -- Its subject is locked, so nobody else inserts a fact of it: an id can be taken before the row is there.
    WITH known AS (
        SELECT k.*, b.fact_attribute_id IS NULL AS is_new,
            coalesce(b.fact_attribute_id, nextval('kb.fact_attribute_fact_attribute_id_seq')) AS fact_attribute_id
        FROM (SELECT DISTINCT g.entity_id, g.attribute_key, g.value_key, g.unit_key, g.start_key, g.end_key, g.from_work_key,
                g.to_work_key, g.continuity_key
              FROM kb.stage_fact AS g WHERE g.run_id = p_run_id) AS k
        LEFT JOIN kb.fact_attribute AS b
            ON b.entity_id = k.entity_id AND b.attribute_key = k.attribute_key AND b.value_key = k.value_key AND b.unit_key = k.unit_key
            AND b.start_key = k.start_key AND b.end_key = k.end_key AND b.from_work_key = k.from_work_key
            AND b.to_work_key = k.to_work_key AND b.continuity_key = k.continuity_key
    ), placed AS (
        UPDATE kb.stage_fact AS g
        SET fact_attribute_id = k.fact_attribute_id
        FROM known AS k
        WHERE g.run_id = p_run_id AND g.entity_id = k.entity_id AND g.attribute_key = k.attribute_key
          AND g.value_key = k.value_key AND g.unit_key = k.unit_key AND g.start_key = k.start_key AND g.end_key = k.end_key
          AND g.from_work_key = k.from_work_key AND g.to_work_key = k.to_work_key AND g.continuity_key = k.continuity_key
        RETURNING g.assertion_id, g.fact_attribute_id
    ), staged AS (
        INSERT INTO kb.stage_link (run_id, target_table, target_id, assertion_id)
        SELECT DISTINCT p_run_id, 'fact_attribute', p.fact_attribute_id, p.assertion_id FROM placed AS p
    )
    SELECT count(*) INTO inserted FROM known AS k WHERE k.is_new;
    linked := kb.usp_sync_links(p_run_id, 'fact_attribute');

    IF NOT EXISTS (SELECT 1 FROM kb.stage_touched AS t WHERE t.run_id = p_run_id AND t.target_table = 'fact_attribute') THEN
        RETURN;
    END IF;

    PERFORM 1 FROM kb.fact_attribute AS b
    WHERE b.fact_attribute_id IN (
        SELECT t.target_id FROM kb.stage_touched AS t
        WHERE t.run_id = p_run_id AND t.target_table = 'fact_attribute')
    ORDER BY b.entity_id, b.attribute_key, b.value_key, b.unit_key, b.start_key, b.end_key, b.from_work_key, b.to_work_key,
        b.continuity_key
    FOR NO KEY UPDATE;

    -- A row that lost evidence, or of which it is not known what the evidence alone says, is computed afresh from all that
    -- supports it.
    IF v_decided THEN
        INSERT INTO kb.stage_touched (run_id, target_table, target_id, assertion_id, change)
        SELECT DISTINCT p_run_id, 'fact_attribute', t.target_id, t.assertion_id, 0
        FROM kb.stage_touched AS t
        LEFT JOIN kb.fact_attribute AS b ON b.fact_attribute_id = t.target_id
        WHERE t.run_id = p_run_id AND t.target_table = 'fact_attribute' AND (b.undecided IS NOT NULL) <> (
            (EXISTS (SELECT 1 FROM kb.adjudication AS d WHERE d.kind = 'fact' AND d.target_id = t.target_id AND d.undone_at IS NULL)
             OR EXISTS (SELECT 1 FROM kb.stage_fact AS g
                        JOIN kb.dim_entity AS e ON e.merged_into_entity_id = g.entity_id
                        WHERE g.run_id = p_run_id AND g.fact_attribute_id = t.target_id))
            AND EXISTS (SELECT 1 FROM kb.fn_fact_decision(p_run_id, t.target_id)));
    END IF;
    IF EXISTS (SELECT 1 FROM kb.stage_touched AS t WHERE t.run_id = p_run_id AND t.target_table = 'fact_attribute' AND t.change <= 0) THEN
        PERFORM set_config('enable_nestloop', 'on', true);
        INSERT INTO kb.stage_fact (run_id, assertion_id, fact_attribute_id, entity_id, attribute_key, value_key, unit_key,
            start_key, end_key, from_work_key, to_work_key, continuity_key, attribute, value, unit, value_earliest,
            value_latest, value_precision, start_text, start_earliest,
            start_latest, start_precision, end_text, end_earliest, end_latest, end_precision, from_work, to_work, continuity,
            confidence, state_rank)
        SELECT p_run_id, l.assertion_id, f.target_id, r.*
        FROM (SELECT DISTINCT t.target_id FROM kb.stage_touched AS t
              WHERE t.run_id = p_run_id AND t.target_table = 'fact_attribute' AND t.change <= 0) AS f
        JOIN kb.fact_attribute AS b ON b.fact_attribute_id = f.target_id
        JOIN kb.assertion_link AS l ON l.target_table = 'fact_attribute' AND l.target_id = f.target_id
        CROSS JOIN LATERAL kb.fn_assertion_facts(l.assertion_id) AS r
        WHERE r.entity_id = b.entity_id AND r.attribute_key = b.attribute_key AND r.value_key = b.value_key AND r.unit_key = b.unit_key
          AND r.start_key = b.start_key AND r.end_key = b.end_key AND r.from_work_key = b.from_work_key
          AND r.to_work_key = b.to_work_key AND r.continuity_key = b.continuity_key
          AND NOT EXISTS (SELECT 1 FROM kb.stage_fact AS g
                          WHERE g.run_id = p_run_id AND g.fact_attribute_id = f.target_id AND g.assertion_id = l.assertion_id);
        PERFORM set_config('enable_nestloop', v_nestloop, true);
    END IF;

    WITH touched AS (
        SELECT t.target_id AS fact_attribute_id, bool_or(t.change <= 0) AS is_full
        FROM kb.stage_touched AS t
        WHERE t.run_id = p_run_id AND t.target_table = 'fact_attribute'
        GROUP BY t.target_id
    ), source AS (
        SELECT t.is_full AS may_be_decided, g.fact_attribute_id, g.assertion_id, 1 AS observations, g.entity_id, g.attribute_key, g.value_key, g.unit_key,
            g.start_key, g.end_key, g.from_work_key, g.to_work_key, g.continuity_key, g.attribute, g.value, g.unit,
            g.value_earliest, g.value_latest, g.value_precision, g.start_text,
            g.start_earliest, g.start_latest, g.start_precision, g.end_text, g.end_earliest, g.end_latest, g.end_precision,
            g.from_work, g.to_work, g.continuity, g.confidence, g.state_rank
        FROM touched AS t
        JOIN kb.stage_fact AS g ON g.run_id = p_run_id AND g.fact_attribute_id = t.fact_attribute_id
        WHERE t.is_full OR EXISTS (
            SELECT 1 FROM kb.stage_touched AS s
            WHERE s.run_id = p_run_id AND s.target_table = 'fact_attribute' AND s.target_id = t.fact_attribute_id
              AND s.assertion_id = g.assertion_id)
        UNION ALL
        SELECT u.undecided IS NOT NULL, u.fact_attribute_id, NULL, u.observation_count, u.entity_id, u.attribute_key, u.value_key, u.unit_key,
            u.start_key, u.end_key, u.from_work_key, u.to_work_key, u.continuity_key, u.attribute, u.value, u.unit,
            u.value_earliest, u.value_latest, u.value_precision, u.start_text,
            u.start_earliest, u.start_latest, u.start_precision, u.end_text, u.end_earliest, u.end_latest, u.end_precision,
            u.from_work, u.to_work, u.continuity, u.confidence,
            coalesce(array_position(ARRAY['staged', 'suppressed', 'candidate', 'promoted'], u.promotion_state) - 1, 0)
        FROM touched AS t
        JOIN kb.fact_attribute AS b ON b.fact_attribute_id = t.fact_attribute_id
        CROSS JOIN LATERAL (
            SELECT b.* WHERE b.undecided IS NULL
            UNION ALL
            SELECT r.* FROM jsonb_populate_record(b, b.undecided) AS r WHERE b.undecided IS NOT NULL) AS u
        WHERE NOT t.is_full AND b.retracted_at IS NULL
    ), best AS (
        -- Equal time keys parse to equal dates, so any of a group's dates is the group's.
        SELECT s.fact_attribute_id, bool_or(s.may_be_decided) AS may_be_decided, min(s.entity_id) AS entity_id, min(s.attribute_key) AS attribute_key,
            min(s.value_key) AS value_key, min(s.unit_key) AS unit_key, min(s.start_key) AS start_key,
            min(s.end_key) AS end_key,
            min(s.from_work_key) AS from_work_key, min(s.to_work_key) AS to_work_key, min(s.continuity_key) AS continuity_key,
            (count(DISTINCT s.assertion_id) + coalesce(sum(s.observations) FILTER (WHERE s.assertion_id IS NULL), 0))::integer
                AS observation_count,
            max(s.confidence) AS confidence,
            (array_agg(s.attribute ORDER BY s.confidence DESC, s.attribute COLLATE "C"))[1] AS attribute,
            (array_agg(s.value ORDER BY s.confidence DESC, s.value COLLATE "C"))[1] AS value,
            min(s.unit COLLATE "C") AS unit, min(s.value_earliest) AS value_earliest, min(s.value_latest) AS value_latest,
            min(s.value_precision) AS value_precision,
            min(s.start_text COLLATE "C") AS start_text, min(s.start_earliest) AS start_earliest,
            min(s.start_latest) AS start_latest, min(s.start_precision) AS start_precision,
            min(s.end_text COLLATE "C") AS end_text, min(s.end_earliest) AS end_earliest,
            min(s.end_latest) AS end_latest, min(s.end_precision) AS end_precision,
            min(s.from_work COLLATE "C") AS from_work, min(s.to_work COLLATE "C") AS to_work,
            min(s.continuity COLLATE "C") AS continuity, max(s.state_rank) AS state_rank
        FROM source AS s
        GROUP BY s.fact_attribute_id
    )
    INSERT INTO kb.fact_attribute AS b (fact_attribute_id, entity_id, attribute_key, decided_attribute_key, value_key, unit_key, attribute,
        value, unit, value_earliest, value_latest, value_precision,
        start_key, end_key, from_work_key, to_work_key, continuity_key, start_text, start_earliest, start_latest,
        start_precision, end_text, end_earliest, end_latest, end_precision, from_work, to_work, continuity, confidence,
        observation_count, promotion_state, needs_review, undecided, created_at, updated_at)
    OVERRIDING SYSTEM VALUE
    SELECT s.fact_attribute_id, s.entity_id, s.attribute_key, d.decided_attribute_key, s.value_key, s.unit_key,
        coalesce(d.changes ->> 'attribute', s.attribute), coalesce(d.changes ->> 'value', s.value), s.unit,
        CASE WHEN d.is_time THEN d.value_earliest ELSE s.value_earliest END,
        CASE WHEN d.is_time THEN d.value_latest ELSE s.value_latest END,
        CASE WHEN d.is_time THEN d.value_precision ELSE s.value_precision END,
        s.start_key, s.end_key, s.from_work_key, s.to_work_key, s.continuity_key,
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
            jsonb_build_object('attribute', s.attribute, 'value', s.value, 'value_earliest', s.value_earliest,
                'value_latest', s.value_latest, 'value_precision', s.value_precision, 'start_text', s.start_text,
                'start_earliest', s.start_earliest, 'start_latest', s.start_latest, 'start_precision', s.start_precision,
                'end_text', s.end_text, 'end_earliest', s.end_earliest, 'end_latest', s.end_latest, 'end_precision', s.end_precision,
                'promotion_state', (ARRAY['staged', 'suppressed', 'candidate', 'promoted'])[s.state_rank + 1]) END, p_now, p_now
    FROM best AS s
    LEFT JOIN LATERAL (
        SELECT f.*, t.is_time, v.earliest AS value_earliest, v.latest AS value_latest, v.time_precision AS value_precision
        FROM kb.fn_fact_decision(p_run_id, CASE WHEN v_decided AND s.may_be_decided THEN s.fact_attribute_id END) AS f
        -- Values of some attributes are times: when an event was, when a work came out.
        CROSS JOIN LATERAL (SELECT f.changes ?| ARRAY['value', 'attribute'] AND (s.value_precision IS NOT NULL
            OR f.decided_attribute_key IN ('start', 'end', 'release_date')) AS is_time) AS t
        CROSS JOIN LATERAL kb.fn_time_bound(CASE WHEN t.is_time THEN coalesce(f.changes ->> 'value', s.value) END) AS v
    ) AS d ON true
    ORDER BY s.entity_id, s.attribute_key, s.value_key, s.unit_key, s.start_key, s.end_key
    ON CONFLICT (fact_attribute_id) DO UPDATE
    SET decided_attribute_key = EXCLUDED.decided_attribute_key, attribute = EXCLUDED.attribute, value = EXCLUDED.value, unit = EXCLUDED.unit,
        value_earliest = EXCLUDED.value_earliest, value_latest = EXCLUDED.value_latest,
        value_precision = EXCLUDED.value_precision, start_text = EXCLUDED.start_text,
        start_earliest = EXCLUDED.start_earliest,
        start_latest = EXCLUDED.start_latest, start_precision = EXCLUDED.start_precision, end_text = EXCLUDED.end_text,
        end_earliest = EXCLUDED.end_earliest, end_latest = EXCLUDED.end_latest, end_precision = EXCLUDED.end_precision,
        from_work = EXCLUDED.from_work, to_work = EXCLUDED.to_work, continuity = EXCLUDED.continuity,
        confidence = EXCLUDED.confidence, observation_count = EXCLUDED.observation_count,
        promotion_state = EXCLUDED.promotion_state, needs_review = EXCLUDED.needs_review,
        undecided = EXCLUDED.undecided, retracted_at = NULL, updated_at = p_now
    WHERE (b.decided_attribute_key, b.attribute, b.value, b.unit, b.value_earliest, b.value_latest, b.value_precision, b.start_text,
        b.start_earliest, b.start_latest, b.start_precision, b.end_text, b.end_earliest,
           b.end_latest, b.end_precision, b.from_work, b.to_work, b.continuity, b.confidence, b.observation_count,
           b.promotion_state, b.needs_review, b.undecided, b.retracted_at)
        IS DISTINCT FROM (EXCLUDED.decided_attribute_key, EXCLUDED.attribute, EXCLUDED.value, EXCLUDED.unit, EXCLUDED.value_earliest,
        EXCLUDED.value_latest, EXCLUDED.value_precision, EXCLUDED.start_text, EXCLUDED.start_earliest, EXCLUDED.start_latest,
           EXCLUDED.start_precision, EXCLUDED.end_text, EXCLUDED.end_earliest, EXCLUDED.end_latest, EXCLUDED.end_precision,
           EXCLUDED.from_work, EXCLUDED.to_work, EXCLUDED.continuity, EXCLUDED.confidence, EXCLUDED.observation_count,
           EXCLUDED.promotion_state, EXCLUDED.needs_review, EXCLUDED.undecided, NULL);

    UPDATE kb.fact_attribute AS b
    SET observation_count = 0, needs_review = false, undecided = NULL, retracted_at = p_now, updated_at = p_now
    FROM kb.stage_touched AS t
    WHERE t.run_id = p_run_id AND t.target_table = 'fact_attribute' AND t.change <= 0
      AND b.fact_attribute_id = t.target_id AND b.retracted_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM kb.assertion_link AS l
                      WHERE l.target_table = 'fact_attribute' AND l.target_id = b.fact_attribute_id);
END
$$;
