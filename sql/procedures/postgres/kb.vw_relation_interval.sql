-- Purpose:     what held between two entities, and when: one row a live bridge, and one more from the other end where
--              kb.relation_inverse knows its name. A relation without times holds always. One without an end ends where another
--              row about the two says so, from whichever end it is told: an end of the same relation, or one that ends it
--              (kb.relation_end). A bound that is said and is no day of the calendar ('32 BBY', a work without a release, an end
--              without a time) is null: comparing with it is neither true nor false.
-- Columns:     entity_relation_id, subject_id, subject, relation (canonical), object_id, object, valid_from and valid_to (the
--              widest days that the times, else the works between which it held, allow; +-infinity where open, null where
--              unknown), start_text, end_text, from_work, to_work, continuity, confidence, observation_count, promotion_state,
--              is_inverse.
CREATE OR REPLACE VIEW kb.vw_relation_interval AS
SELECT b.entity_relation_id, x.subject_id, s.entity_name AS subject, x.relation, x.object_id, o.entity_name AS object,
    coalesce(b.start_earliest, fw.release_earliest, CASE WHEN b.start_text IS NULL AND b.from_work_key = '' THEN '-infinity'::date END)
        AS valid_from,
    coalesce(b.end_latest, tw.release_latest, n.end_latest,
        CASE WHEN b.end_text IS NULL AND b.to_work_key = '' AND n.is_ended IS NOT TRUE THEN 'infinity'::date END) AS valid_to,
    b.start_text, b.end_text, b.from_work, b.to_work, b.continuity, b.confidence, b.observation_count, b.promotion_state, x.is_inverse
FROM kb.bridge_entity_relation AS b
LEFT JOIN kb.type_map AS m ON m.kind = 'relation' AND m.type_key = coalesce(b.decided_relation_key, b.relation_key)
CROSS JOIN LATERAL (SELECT coalesce(m.canonical, b.decided_relation_key, b.relation_key) AS canonical) AS c
LEFT JOIN kb.relation_inverse AS i ON i.canonical = c.canonical
CROSS JOIN LATERAL (
    SELECT b.from_entity_id AS subject_id, c.canonical AS relation, b.to_entity_id AS object_id, false AS is_inverse
    UNION ALL
    SELECT b.to_entity_id, i.inverse, b.from_entity_id, true WHERE i.inverse IS NOT NULL
) AS x
JOIN kb.dim_entity AS s ON s.entity_id = x.subject_id
JOIN kb.dim_entity AS o ON o.entity_id = x.object_id
-- A work that was merged came out when the one did that it was found to be.
LEFT JOIN LATERAL (
    SELECT min(w.release_earliest) AS release_earliest
    FROM kb.dim_entity AS e
    JOIN kb.dim_work AS w ON w.work_id = CASE WHEN e.merged_into_entity_id IS NULL THEN e.entity_id
        ELSE kb.fn_master_entity(e.entity_id) END AND w.retracted_at IS NULL
    WHERE b.from_work_key <> '' AND e.name_key = b.from_work_key) AS fw ON true
LEFT JOIN LATERAL (
    SELECT max(w.release_latest) AS release_latest
    FROM kb.dim_entity AS e
    JOIN kb.dim_work AS w ON w.work_id = CASE WHEN e.merged_into_entity_id IS NULL THEN e.entity_id
        ELSE kb.fn_master_entity(e.entity_id) END AND w.retracted_at IS NULL
    WHERE b.to_work_key <> '' AND e.name_key = b.to_work_key) AS tw ON true
LEFT JOIN LATERAL (
    SELECT min(t.ended) FILTER (WHERE t.ended >= coalesce(b.start_earliest, '-infinity')) AS end_latest,
        bool_or(t.ended IS NULL) AS is_ended
    FROM kb.bridge_entity_relation AS l
    LEFT JOIN kb.type_map AS k ON k.kind = 'relation' AND k.type_key = coalesce(l.decided_relation_key, l.relation_key)
    CROSS JOIN LATERAL (SELECT coalesce(k.canonical, l.decided_relation_key, l.relation_key) AS canonical) AS lc
    -- Both rows from either end: 'a has_member b' is ended by 'b left a'.
    CROSS JOIN LATERAL (
        SELECT l.from_entity_id AS subject_id, lc.canonical AS relation
        UNION ALL
        SELECT l.to_entity_id, v.inverse FROM kb.relation_inverse AS v WHERE v.canonical = lc.canonical
    ) AS y
    JOIN LATERAL (
        SELECT b.from_entity_id AS subject_id, c.canonical AS relation
        UNION ALL
        SELECT b.to_entity_id, v.inverse FROM kb.relation_inverse AS v WHERE v.canonical = c.canonical
    ) AS z ON z.subject_id = y.subject_id
    LEFT JOIN kb.relation_end AS d ON d.canonical = z.relation AND d.ended_by = y.relation
    CROSS JOIN LATERAL (
        SELECT CASE WHEN d.canonical IS NULL THEN l.end_latest ELSE coalesce(l.start_latest, l.end_latest) END AS ended) AS t
    WHERE (l.from_entity_id = b.from_entity_id AND l.to_entity_id = b.to_entity_id
           OR l.from_entity_id = b.to_entity_id AND l.to_entity_id = b.from_entity_id)
      AND l.retracted_at IS NULL AND l.promotion_state <> 'suppressed'
      AND (l.continuity_key = b.continuity_key OR l.continuity_key = '' OR b.continuity_key = '')
      AND (d.canonical IS NOT NULL
           OR z.relation = y.relation AND l.end_text IS NOT NULL AND l.entity_relation_id <> b.entity_relation_id)
) AS n ON true
WHERE b.retracted_at IS NULL AND b.promotion_state <> 'suppressed';
