-- Purpose:     what held between two entities, and when: one row a live bridge, and one more from the other end where
--              kb.relation_inverse knows its name. A relation without times holds always.
--              One without an end ends where another relation of the two says so (kb.relation_end).
-- Columns:     entity_relation_id, subject_id, subject, relation (canonical), object_id, object, valid_from and valid_to (the
--              widest days that the times, else the works between which it held, allow; +-infinity where open), start_text,
--              end_text, from_work, to_work, continuity, confidence, observation_count, promotion_state, is_inverse.
CREATE OR REPLACE VIEW kb.vw_relation_interval AS
SELECT b.entity_relation_id, x.subject_id, s.entity_name AS subject, x.relation, x.object_id, o.entity_name AS object,
    coalesce(b.start_earliest, fw.release_earliest, '-infinity') AS valid_from,
    coalesce(b.end_latest, tw.release_latest, n.end_latest, 'infinity') AS valid_to,
    b.start_text, b.end_text, b.from_work, b.to_work, b.continuity, b.confidence, b.observation_count, b.promotion_state, x.is_inverse
FROM kb.bridge_entity_relation AS b
LEFT JOIN kb.type_map AS m ON m.kind = 'relation' AND m.type_key = b.relation_key
LEFT JOIN kb.relation_inverse AS i ON i.canonical = coalesce(m.canonical, b.relation_key)
CROSS JOIN LATERAL (
    SELECT b.from_entity_id AS subject_id, coalesce(m.canonical, b.relation_key) AS relation, b.to_entity_id AS object_id,
        false AS is_inverse
    UNION ALL
    SELECT b.to_entity_id, i.inverse, b.from_entity_id, true WHERE i.inverse IS NOT NULL
) AS x
JOIN kb.dim_entity AS s ON s.entity_id = x.subject_id
JOIN kb.dim_entity AS o ON o.entity_id = x.object_id
LEFT JOIN LATERAL (
    SELECT min(w.release_earliest) AS release_earliest
    FROM kb.dim_entity AS e JOIN kb.dim_work AS w ON w.work_id = e.entity_id AND w.retracted_at IS NULL
    WHERE b.from_work_key <> '' AND e.name_key = b.from_work_key) AS fw ON true
LEFT JOIN LATERAL (
    SELECT max(w.release_latest) AS release_latest
    FROM kb.dim_entity AS e JOIN kb.dim_work AS w ON w.work_id = e.entity_id AND w.retracted_at IS NULL
    WHERE b.to_work_key <> '' AND e.name_key = b.to_work_key) AS tw ON true
LEFT JOIN LATERAL (
    SELECT min(l.start_latest) AS end_latest
    FROM kb.relation_end AS d
    JOIN kb.bridge_entity_relation AS l ON l.from_entity_id = x.subject_id AND l.to_entity_id = x.object_id
        AND l.retracted_at IS NULL AND l.promotion_state <> 'suppressed' AND l.start_latest IS NOT NULL
        AND l.start_latest >= coalesce(b.start_earliest, '-infinity')
    LEFT JOIN kb.type_map AS k ON k.kind = 'relation' AND k.type_key = l.relation_key
    WHERE d.canonical = x.relation AND d.ended_by = coalesce(k.canonical, l.relation_key)) AS n ON true
WHERE b.retracted_at IS NULL AND b.promotion_state <> 'suppressed';
