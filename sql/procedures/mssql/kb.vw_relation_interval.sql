-- Purpose:     what held between two entities, and when: one row a live bridge, and one more from the other end where
--              kb.relation_inverse knows its name. A relation without times holds always. One without an end ends where another
--              row about the two says so, from whichever end it is told: an end of the same relation, or one that ends it
--              (kb.relation_end). A bound that is said and is no day of the calendar ('32 BBY', a work without a release, an end
--              without a time) is null: comparing with it is neither true nor false.
-- Columns:     entity_relation_id, subject_id, subject, relation (canonical), object_id, object, valid_from and valid_to (the
--              widest days that the times, else the works between which it held, allow; 0001-01-01 and 9999-12-31 where open, for
--              there is no infinite day here; null where unknown), start_text, end_text, from_work, to_work, continuity,
--              confidence, observation_count, promotion_state, is_inverse.
CREATE OR ALTER VIEW kb.vw_relation_interval AS
SELECT b.entity_relation_id, x.subject_id, s.entity_name AS subject, x.relation, x.object_id, o.entity_name AS object,
    COALESCE(b.start_earliest, fw.release_earliest,
        CASE WHEN b.start_text IS NULL AND b.from_work_key = N'' THEN CONVERT(date, '00010101', 112) END) AS valid_from,
    COALESCE(b.end_latest, tw.release_latest, n.end_latest,
        CASE WHEN b.end_text IS NULL AND b.to_work_key = N'' AND COALESCE(n.is_ended, 0) = 0
            THEN CONVERT(date, '99991231', 112) END) AS valid_to,
    b.start_text, b.end_text, b.from_work, b.to_work, b.continuity, b.confidence, b.observation_count, b.promotion_state, x.is_inverse
FROM kb.bridge_entity_relation AS b
LEFT JOIN kb.type_map AS m ON m.kind = N'relation' AND m.type_key = COALESCE(b.decided_relation_key, b.relation_key)
CROSS APPLY (SELECT COALESCE(m.canonical, b.decided_relation_key, b.relation_key) AS canonical) AS c
LEFT JOIN kb.relation_inverse AS i ON i.canonical = c.canonical
CROSS APPLY (
    SELECT b.from_entity_id AS subject_id, c.canonical AS relation, b.to_entity_id AS object_id, CONVERT(bit, 0) AS is_inverse
    UNION ALL
    SELECT b.to_entity_id, i.inverse, b.from_entity_id, CONVERT(bit, 1) WHERE i.inverse IS NOT NULL
) AS x
JOIN kb.dim_entity AS s ON s.entity_id = x.subject_id
JOIN kb.dim_entity AS o ON o.entity_id = x.object_id
-- A work that was merged came out when the one did that it was found to be.
OUTER APPLY (
    SELECT MIN(w.release_earliest) AS release_earliest
    FROM kb.dim_entity AS e
    JOIN kb.dim_work AS w ON w.work_id = CASE WHEN e.merged_into_entity_id IS NULL THEN e.entity_id
        ELSE kb.fn_master_entity(e.entity_id) END AND w.retracted_at IS NULL
    WHERE b.from_work_key <> N'' AND e.name_key_sha256 = b.from_work_key_sha256 AND e.name_key = b.from_work_key
) AS fw
OUTER APPLY (
    SELECT MAX(w.release_latest) AS release_latest
    FROM kb.dim_entity AS e
    JOIN kb.dim_work AS w ON w.work_id = CASE WHEN e.merged_into_entity_id IS NULL THEN e.entity_id
        ELSE kb.fn_master_entity(e.entity_id) END AND w.retracted_at IS NULL
    WHERE b.to_work_key <> N'' AND e.name_key_sha256 = b.to_work_key_sha256 AND e.name_key = b.to_work_key
) AS tw
OUTER APPLY (
    SELECT MIN(h.end_latest) AS end_latest, MAX(h.is_ended) AS is_ended
    FROM (
        SELECT p.from_entity_id, p.to_entity_id, p.entity_relation_id, p.relation_key, p.decided_relation_key, p.start_latest,
            p.end_latest, p.end_text
        FROM kb.bridge_entity_relation AS p
        WHERE p.from_entity_id = b.from_entity_id AND p.to_entity_id = b.to_entity_id
          AND p.retracted_at IS NULL AND p.promotion_state <> N'suppressed'
          AND (p.continuity_key = b.continuity_key OR p.continuity_key = N'' OR b.continuity_key = N'')
        UNION ALL
        SELECT p.from_entity_id, p.to_entity_id, p.entity_relation_id, p.relation_key, p.decided_relation_key, p.start_latest,
            p.end_latest, p.end_text
        FROM kb.bridge_entity_relation AS p
        WHERE p.from_entity_id = b.to_entity_id AND p.to_entity_id = b.from_entity_id AND b.from_entity_id <> b.to_entity_id
          AND p.retracted_at IS NULL AND p.promotion_state <> N'suppressed'
          AND (p.continuity_key = b.continuity_key OR p.continuity_key = N'' OR b.continuity_key = N'')
    ) AS l
    LEFT JOIN kb.type_map AS k ON k.kind = N'relation' AND k.type_key = COALESCE(l.decided_relation_key, l.relation_key)
    CROSS APPLY (SELECT COALESCE(k.canonical, l.decided_relation_key, l.relation_key) AS canonical) AS lc
    -- Both rows from either end: 'a has_member b' is ended by 'b left a'.
    CROSS APPLY (
        SELECT l.from_entity_id AS subject_id, lc.canonical AS relation
        UNION ALL
        SELECT l.to_entity_id, v.inverse FROM kb.relation_inverse AS v WHERE v.canonical = lc.canonical
    ) AS y
    CROSS APPLY (
        SELECT u.relation
        FROM (
            SELECT b.from_entity_id AS subject_id, c.canonical AS relation
            UNION ALL
            SELECT b.to_entity_id, v.inverse FROM kb.relation_inverse AS v WHERE v.canonical = c.canonical
        ) AS u
        WHERE u.subject_id = y.subject_id
    ) AS z
    LEFT JOIN kb.relation_end AS d ON d.canonical = z.relation AND d.ended_by = y.relation
    CROSS APPLY (
        SELECT CASE WHEN d.canonical IS NULL THEN l.end_latest ELSE COALESCE(l.start_latest, l.end_latest) END AS ended) AS t
    CROSS APPLY (
        SELECT CASE WHEN b.start_earliest IS NULL OR t.ended >= b.start_earliest THEN t.ended END AS end_latest,
            CASE WHEN t.ended IS NULL THEN 1 ELSE 0 END AS is_ended) AS h
    WHERE d.canonical IS NOT NULL
       OR (z.relation = y.relation AND l.end_text IS NOT NULL AND l.entity_relation_id <> b.entity_relation_id)
) AS n
WHERE b.retracted_at IS NULL AND b.promotion_state <> N'suppressed';
