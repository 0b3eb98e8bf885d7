-- Purpose:     of the entities that something was decided about or enriched, those whose mentions kb.type_map gives another
--              family now; internal.
-- Parameters:  none.
-- Returns:     entity_id, name_key; type_family and disambiguator of the entity that its mentions belong to now.
-- Errors:      none.
-- Idempotency: reads only. A pure function of assertions and settings: setting them back takes every move back.
-- An entity stays where it is while any mention of its name has its family. Else it is where most of the mentions are that
-- were its own when something was last decided about it, live ones if there are any: what came later may have been its own by a
-- setting that is taken back. One that never had a mention goes with its namesakes, and one whose mentions were all erased stays
-- where it had moved to.
CREATE OR REPLACE FUNCTION kb.fn_family_moves()
RETURNS TABLE (entity_id bigint, name_key text, type_family text, disambiguator text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH held (entity_id, decided_at) AS MATERIALIZED (
        SELECT d.target_id, d.decided_at FROM kb.adjudication AS d WHERE d.kind = 'entity' AND d.undone_at IS NULL
        UNION
        SELECT x.entity_id, d.decided_at
        FROM kb.adjudication AS d
        JOIN kb.bridge_entity_relation AS b ON b.entity_relation_id = d.target_id
        CROSS JOIN LATERAL (VALUES (b.from_entity_id), (b.to_entity_id)) AS x (entity_id)
        WHERE d.kind = 'relation' AND d.undone_at IS NULL
        UNION
        SELECT f.entity_id, d.decided_at
        FROM kb.adjudication AS d
        JOIN kb.fact_attribute AS f ON f.fact_attribute_id = d.target_id
        WHERE d.kind = 'fact' AND d.undone_at IS NULL
        UNION
        SELECT x.entity_id, d.decided_at
        FROM kb.identity_decision AS d
        CROSS JOIN LATERAL (VALUES (d.entity_id), (d.other_entity_id)) AS x (entity_id)
        WHERE d.undone_at IS NULL
        UNION
        SELECT x.entity_id, c.found_at
        FROM kb.identity_candidate AS c
        CROSS JOIN LATERAL (VALUES (c.first_entity_id), (c.second_entity_id)) AS x (entity_id)
        WHERE c.status <> 'decided'
        UNION
        SELECT e.entity_id, s.routed_at
        FROM (SELECT x.subject_key, max(x.routed_at) AS routed_at FROM kb.extraction AS x WHERE x.subject_key <> ''
              GROUP BY x.subject_key) AS s
        JOIN kb.dim_entity AS e ON e.name_key = split_part(s.subject_key, E'\x1f', 1)
            AND e.type_family = split_part(s.subject_key, E'\x1f', 2) AND e.disambiguator = split_part(s.subject_key, E'\x1f', 3)
    ), own AS MATERIALIZED (
        SELECT e.entity_id, e.name_key, e.type_family, e.disambiguator, max(h.decided_at) AS decided_at
        FROM held AS h JOIN kb.dim_entity AS e ON e.entity_id = h.entity_id
        WHERE e.type_family NOT IN ('unknown', 'tag')
        GROUP BY e.entity_id
    ), mention AS MATERIALIZED (
        SELECT DISTINCT r.entity_id, r.name_key, r.type_family AS was, r.decided_at, r.assertion_id, r.mention,
            r.superseded_at IS NULL AS is_current,
            a.retracted_at IS NULL AND a.quarantine_reason IS NULL AS is_live,
            kb.fn_mention_family(CASE a.grounding WHEN 'loaded' THEN a.keys ->> (r.mention || '_family') END, m.family, m.type_key,
                t.family, f.dimension) AS family
        FROM kb.resolution AS r
        JOIN kb.assertion AS a ON a.assertion_id = r.assertion_id
        CROSS JOIN LATERAL kb.fn_mentions(a.item_kind, a.keys, a.payload) AS m
        LEFT JOIN kb.type_map AS t ON t.kind = 'entity' AND t.type_key = m.type_key
        LEFT JOIN kb.type_family AS f ON f.family = t.family
        WHERE r.name_key IN (SELECT o.name_key FROM own AS o) AND m.mention = r.mention
          -- What a decision loaded about an entity is no evidence of it.
          AND NOT EXISTS (SELECT 1 FROM kb.identity_decision AS d WHERE d.assertion_id = a.assertion_id)
    ), gone AS MATERIALIZED (
        SELECT o.*
        FROM own AS o
        WHERE NOT EXISTS (SELECT 1 FROM mention AS m
                          WHERE m.name_key = o.name_key AND m.family = o.type_family AND m.is_live AND m.is_current)
    ), best AS (
        SELECT g.entity_id, g.name_key, g.disambiguator, coalesce(b.family, n.type_family) AS family
        FROM gone AS g
        LEFT JOIN kb.dim_entity AS e ON e.entity_id = g.entity_id
        LEFT JOIN kb.dim_entity AS n ON n.entity_id = e.moved_to_entity_id
        LEFT JOIN LATERAL (
            SELECT m.family
            FROM mention AS m
            WHERE m.name_key = g.name_key AND m.was = g.type_family
            GROUP BY m.decided_at <= g.decided_at, m.family, m.is_live
            ORDER BY m.decided_at <= g.decided_at DESC, bool_or(m.entity_id = g.entity_id) DESC, m.is_live DESC,
                count(DISTINCT (m.assertion_id, m.mention)) FILTER (WHERE m.entity_id = g.entity_id) DESC,
                count(DISTINCT (m.assertion_id, m.mention)) DESC, m.family
            LIMIT 1
        ) AS b ON true
        WHERE coalesce(b.family, n.type_family) <> g.type_family
    )
    SELECT b.entity_id, b.name_key, b.family, CASE b.family WHEN 'unknown' THEN '' ELSE b.disambiguator END
    FROM best AS b
    -- Nobody moves to where somebody else has left.
    WHERE NOT EXISTS (SELECT 1 FROM gone AS o WHERE o.name_key = b.name_key AND o.type_family = b.family);
$$;
