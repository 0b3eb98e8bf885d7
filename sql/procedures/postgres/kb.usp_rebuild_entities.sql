-- Purpose:     recompute the entities whose assertions changed; internal.
-- Parameters:  p_run_id whose kb.stage_change and resolutions are written; p_now UTC.
-- Returns:     the number of links added.
-- Errors:      none.
-- Idempotency: a row whose values are right is not written.
-- Rules: the name of the most confident assertion, then the first in "C" order; likewise the type, of those whose type has
-- a family if there are any; the description of the most confident
-- assertion that has one, then the longest, then the first in "C" order; attributes united; confidence and state the
-- highest; an entity without assertions is retracted; what people decided (kb.adjudication) stands above it, and what the
-- evidence says is kept beside it (undecided). All of these are maxima and unions, so a row that only gained assertions is
-- combined with the new ones alone; a row that lost one is computed afresh.
CREATE OR REPLACE FUNCTION kb.usp_rebuild_entities(p_run_id uuid, p_now timestamptz)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_linked  integer;
    v_decided boolean := EXISTS (SELECT 1 FROM kb.adjudication AS d WHERE d.kind = 'entity' AND d.undone_at IS NULL);
BEGIN
    INSERT INTO kb.stage_link (run_id, target_table, target_id, assertion_id)
    SELECT DISTINCT p_run_id, 'dim_entity', CASE WHEN e.merged_into_entity_id IS NULL THEN r.entity_id
        ELSE kb.fn_master_entity(r.entity_id) END, r.assertion_id
    FROM kb.stage_change AS c
    JOIN kb.resolution AS r ON r.assertion_id = c.assertion_id AND r.superseded_at IS NULL
    -- An entity that is new has no row yet.
    LEFT JOIN kb.dim_entity AS e ON e.entity_id = r.entity_id
    LEFT JOIN (SELECT DISTINCT m.new_entity_id FROM kb.stage_mention AS m
               WHERE m.run_id = p_run_id AND m.is_new AND m.type_family = 'unknown') AS n ON n.new_entity_id = r.entity_id
    WHERE c.run_id = p_run_id
      AND (r.mention = 'self' OR r.type_family <> 'unknown' OR e.type_family = 'unknown' OR n.new_entity_id IS NOT NULL);
    v_linked := kb.usp_sync_links(p_run_id, 'dim_entity');
    -- Of an assertion that stays linked another mention may be behind the link now.
    INSERT INTO kb.stage_touched (run_id, target_table, target_id, assertion_id, change)
    SELECT p_run_id, 'dim_entity', l.target_id, l.assertion_id, 0
    FROM kb.stage_change AS c
    JOIN kb.assertion_link AS l ON l.assertion_id = c.assertion_id AND l.target_table || '' = 'dim_entity'
    WHERE c.run_id = p_run_id AND c.change = 0;

    PERFORM kb.usp_stage_decided_relations(p_run_id);
    PERFORM kb.usp_lock_entities(p_run_id);
    UPDATE kb.dim_entity AS e
    SET mention_count = e.mention_count + c.change
    FROM kb.stage_count AS c
    WHERE c.run_id = p_run_id AND e.entity_id = c.entity_id;

    -- A row of which it is not known what the evidence alone says is computed afresh.
    IF v_decided THEN
        INSERT INTO kb.stage_touched (run_id, target_table, target_id, assertion_id, change)
        SELECT DISTINCT p_run_id, 'dim_entity', t.target_id, 0, 0
        FROM kb.stage_touched AS t
        LEFT JOIN kb.dim_entity AS o ON o.entity_id = t.target_id
        WHERE t.run_id = p_run_id AND t.target_table = 'dim_entity' AND (o.undecided IS NOT NULL) <> (
            (EXISTS (SELECT 1 FROM kb.adjudication AS d WHERE d.kind = 'entity' AND d.target_id = t.target_id AND d.undone_at IS NULL)
             OR EXISTS (SELECT 1 FROM kb.dim_entity AS e WHERE e.moved_to_entity_id = t.target_id))
            AND EXISTS (SELECT 1 FROM kb.fn_entity_decision(t.target_id)));
    END IF;
    PERFORM kb.usp_stage_evidence(p_run_id, 'dim_entity');

    WITH touched AS (
        SELECT t.target_id AS entity_id, bool_or(t.change <= 0) AS is_full
        FROM kb.stage_touched AS t
        WHERE t.run_id = p_run_id AND t.target_table = 'dim_entity'
        GROUP BY t.target_id
    ), evidence AS (
        SELECT t.target_id AS entity_id, t.assertion_id
        FROM kb.stage_touched AS t
        WHERE t.run_id = p_run_id AND t.target_table = 'dim_entity'
        GROUP BY t.target_id, t.assertion_id
        HAVING min(t.change) >= 0
    ), source AS (
        SELECT v.entity_id, t.is_full AS may_be_decided, 1 AS observations, n.name AS entity_name, coalesce(nullif(n.type, ''), 'unknown') AS entity_type,
            CASE WHEN n.type_family <> 'unknown' THEN a.confidence END AS type_confidence,
            CASE n.mention WHEN 'self' THEN nullif(a.payload ->> 'description', '') END AS description,
            CASE WHEN n.mention = 'self' AND a.payload ->> 'description' <> '' THEN a.confidence END AS description_confidence,
            CASE n.mention WHEN 'self' THEN a.payload -> 'attributes' END AS attributes, a.confidence,
            CASE WHEN a.grounding <> 'loaded' AND (n.mention = 'self' OR n.mention LIKE 'tag:%') THEN coalesce(g.state_rank, 0)
                ELSE 0 END AS state_rank
        FROM evidence AS v
        JOIN touched AS t ON t.entity_id = v.entity_id
        JOIN kb.assertion AS a ON a.assertion_id = v.assertion_id
        CROSS JOIN LATERAL (
            SELECT m.mention, m.name, m.type, r.type_family
            FROM kb.resolution AS r
            JOIN kb.fn_mentions(a.item_kind, a.keys, a.payload) AS m ON m.mention = r.mention
            WHERE r.assertion_id = v.assertion_id AND r.superseded_at IS NULL
              AND (r.entity_id = v.entity_id OR kb.fn_master_entity(r.entity_id) = v.entity_id)
            ORDER BY m.mention <> 'self', m.name COLLATE "C", m.mention
            LIMIT 1
        ) AS n
        LEFT JOIN LATERAL kb.fn_state_rank(a.job_type, a.item_kind, a.confidence, a.is_weak) AS g ON true
        UNION ALL
        SELECT u.entity_id, u.undecided IS NOT NULL, u.observation_count, u.entity_name, u.entity_type, u.type_confidence, u.description,
            u.description_confidence, u.attributes, u.confidence,
            coalesce(array_position(ARRAY['staged', 'suppressed', 'candidate', 'promoted'], u.promotion_state) - 1, 0)
        FROM touched AS t
        JOIN kb.dim_entity AS e ON e.entity_id = t.entity_id
        CROSS JOIN LATERAL (
            SELECT e.* WHERE e.undecided IS NULL
            UNION ALL
            SELECT r.* FROM jsonb_populate_record(e, e.undecided) AS r WHERE e.undecided IS NOT NULL) AS u
        WHERE NOT t.is_full AND e.retracted_at IS NULL
    ), best AS (
        SELECT s.entity_id, bool_or(s.may_be_decided) AS may_be_decided, sum(s.observations)::integer AS observation_count,
            max(s.confidence) AS confidence,
            (array_agg(s.entity_name ORDER BY s.confidence DESC, s.entity_name COLLATE "C"))[1] AS entity_name,
            (array_agg(s.entity_type ORDER BY s.type_confidence DESC NULLS LAST, s.entity_type COLLATE "C"))[1] AS entity_type,
            max(s.type_confidence) AS type_confidence,
            (array_agg(s.description ORDER BY s.description_confidence DESC NULLS LAST, length(s.description) DESC,
                s.description COLLATE "C"))[1] AS description,
            max(s.description_confidence) AS description_confidence,
            max(s.state_rank) AS state_rank
        FROM source AS s
        GROUP BY s.entity_id
    ), united AS (
        SELECT d.entity_id, jsonb_agg(d.attribute ORDER BY d.attribute ->> 'key' COLLATE "C", d.attribute ->> 'value' COLLATE "C",
            d.attribute ->> 'unit' COLLATE "C", d.attribute::text COLLATE "C") AS attributes
        FROM (
            SELECT DISTINCT s.entity_id, x.attribute
            FROM source AS s
            CROSS JOIN LATERAL jsonb_array_elements(CASE jsonb_typeof(s.attributes) WHEN 'array' THEN s.attributes ELSE '[]' END) AS x (attribute)
        ) AS d
        GROUP BY d.entity_id
    ), wanted AS (
        SELECT b.entity_id, coalesce(d.changes ->> 'entity_name', b.entity_name) AS entity_name,
            coalesce(d.changes ->> 'entity_type', b.entity_type) AS entity_type, b.type_confidence,
            coalesce(d.changes ->> 'description', b.description) AS description, b.description_confidence,
            coalesce(d.changes -> 'attributes', u.attributes, '[]') AS attributes, b.confidence, b.observation_count,
            CASE d.decision WHEN 'reject' THEN 'suppressed' WHEN 'approve' THEN 'adjudicated' WHEN 'override' THEN 'adjudicated'
                ELSE (ARRAY['staged', 'suppressed', 'candidate', 'promoted'])[b.state_rank + 1] END AS promotion_state,
            d.decision IS NULL AND b.state_rank = 2 AS needs_review,
            CASE WHEN d.decision IS NOT NULL THEN jsonb_build_object('entity_name', b.entity_name, 'entity_type', b.entity_type,
                'description', b.description, 'attributes', coalesce(u.attributes, '[]'),
                'promotion_state', (ARRAY['staged', 'suppressed', 'candidate', 'promoted'])[b.state_rank + 1]) END AS undecided
        FROM best AS b
        LEFT JOIN united AS u ON u.entity_id = b.entity_id
        LEFT JOIN LATERAL kb.fn_entity_decision(CASE WHEN v_decided AND b.may_be_decided THEN b.entity_id END) AS d ON true
    ), keyed AS (
        SELECT m.new_entity_id AS entity_id, m.name_key, m.type_family, m.disambiguator,
            (count(*) FILTER (WHERE m.type_family <> 'unknown'))::integer AS mention_count
        FROM kb.stage_mention AS m
        WHERE m.run_id = p_run_id AND m.is_new
        GROUP BY m.new_entity_id, m.name_key, m.type_family, m.disambiguator
    )
    INSERT INTO kb.dim_entity AS e (entity_id, name_key, type_family, disambiguator, entity_name, entity_type, type_confidence,
        description, description_confidence, attributes, confidence, observation_count, mention_count, promotion_state,
        needs_review, undecided, created_at, updated_at)
    OVERRIDING SYSTEM VALUE
    SELECT w.entity_id, coalesce(k.name_key, o.name_key), coalesce(k.type_family, o.type_family),
        coalesce(k.disambiguator, o.disambiguator), w.entity_name, w.entity_type, w.type_confidence, w.description,
        w.description_confidence, w.attributes, w.confidence, w.observation_count, coalesce(k.mention_count, 0),
        w.promotion_state, w.needs_review, w.undecided, p_now, p_now
    FROM wanted AS w
    LEFT JOIN keyed AS k ON k.entity_id = w.entity_id
    LEFT JOIN kb.dim_entity AS o ON o.entity_id = w.entity_id
    ORDER BY 2, 3, 4
    ON CONFLICT (entity_id) DO UPDATE
    SET entity_name = EXCLUDED.entity_name, entity_type = EXCLUDED.entity_type, type_confidence = EXCLUDED.type_confidence,
        description = EXCLUDED.description, description_confidence = EXCLUDED.description_confidence,
        attributes = EXCLUDED.attributes, confidence = EXCLUDED.confidence, observation_count = EXCLUDED.observation_count,
        promotion_state = EXCLUDED.promotion_state, needs_review = EXCLUDED.needs_review,
        undecided = EXCLUDED.undecided, retracted_at = NULL, updated_at = p_now
    WHERE (e.entity_name, e.entity_type, e.type_confidence, e.description, e.description_confidence, e.attributes, e.confidence,
           e.observation_count, e.promotion_state, e.needs_review, e.undecided, e.retracted_at)
        IS DISTINCT FROM (EXCLUDED.entity_name, EXCLUDED.entity_type, EXCLUDED.type_confidence, EXCLUDED.description,
           EXCLUDED.description_confidence, EXCLUDED.attributes, EXCLUDED.confidence, EXCLUDED.observation_count,
           EXCLUDED.promotion_state, EXCLUDED.needs_review, EXCLUDED.undecided, NULL);

    UPDATE kb.dim_entity AS e
    SET observation_count = 0, needs_review = false, undecided = NULL, retracted_at = coalesce(e.retracted_at, p_now), updated_at = p_now,
        promotion_state = CASE WHEN e.merged_into_entity_id IS NULL THEN e.promotion_state ELSE 'merged' END
    FROM (SELECT DISTINCT s.target_id FROM kb.stage_touched AS s
          WHERE s.run_id = p_run_id AND s.target_table = 'dim_entity' AND s.change <= 0) AS t
    WHERE e.entity_id = t.target_id
      AND NOT EXISTS (SELECT 1 FROM kb.assertion_link AS l WHERE l.target_table = 'dim_entity' AND l.target_id = e.entity_id)
      AND (e.retracted_at IS NULL OR e.merged_into_entity_id IS NOT NULL AND e.promotion_state <> 'merged');

    PERFORM kb.usp_rebuild_aliases(p_run_id, p_now);
    RETURN v_linked;
END
$$;
