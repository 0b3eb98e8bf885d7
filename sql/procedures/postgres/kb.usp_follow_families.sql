-- Purpose:     let what was decided about entities follow their mentions, after kb.type_map gave types other families; internal.
-- Parameters:  p_now UTC.
-- Returns:     entity_ids that moved, came back, or are what they moved to or from; folded_ids of those that somebody else's
--              mentions came to. kb.dim_entity.moved_to_entity_id says what counts for which entity now.
-- Errors:      none.
-- Idempotency: what is right is not written. Nobody routes meanwhile: the caller holds the lock, and rebuilds everything.
CREATE OR REPLACE FUNCTION kb.usp_follow_families(p_now timestamptz, OUT entity_ids bigint[], OUT folded_ids bigint[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    WITH moves AS MATERIALIZED (
        SELECT v.entity_id, v.name_key, v.type_family, v.disambiguator FROM kb.fn_family_moves() AS v
    ), made AS (
        INSERT INTO kb.dim_entity (name_key, type_family, disambiguator, entity_name, entity_type, created_at, updated_at, retracted_at)
        SELECT DISTINCT ON (v.name_key, v.type_family, v.disambiguator) v.name_key, v.type_family, v.disambiguator, e.entity_name,
            e.entity_type, p_now, p_now, p_now
        FROM moves AS v
        JOIN kb.dim_entity AS e ON e.entity_id = v.entity_id
        ORDER BY v.name_key, v.type_family, v.disambiguator, e.type_family
        ON CONFLICT (name_key, type_family, disambiguator) DO NOTHING
        RETURNING entity_id, name_key, type_family, disambiguator
    ), wanted AS (
        SELECT v.entity_id, n.entity_id AS moved_to_entity_id
        FROM moves AS v
        JOIN (SELECT m.entity_id, m.name_key, m.type_family, m.disambiguator FROM made AS m
              UNION ALL
              SELECT e.entity_id, e.name_key, e.type_family, e.disambiguator FROM kb.dim_entity AS e) AS n
            ON n.name_key = v.name_key AND n.type_family = v.type_family AND n.disambiguator = v.disambiguator
    ), changed AS (
        UPDATE kb.dim_entity AS e
        SET moved_to_entity_id = w.moved_to_entity_id
        FROM (SELECT o.entity_id, o.moved_to_entity_id AS was, w.moved_to_entity_id
              FROM kb.dim_entity AS o LEFT JOIN wanted AS w ON w.entity_id = o.entity_id
              WHERE o.moved_to_entity_id IS NOT NULL OR w.entity_id IS NOT NULL) AS w
        WHERE e.entity_id = w.entity_id AND w.was IS DISTINCT FROM w.moved_to_entity_id
        RETURNING e.entity_id, w.was, w.moved_to_entity_id AS now
    )
    SELECT coalesce(array_agg(DISTINCT x.entity_id) FILTER (WHERE x.entity_id IS NOT NULL), '{}'),
        coalesce(array_agg(DISTINCT e.entity_id) FILTER (WHERE e.entity_id IS NOT NULL), '{}')
    INTO usp_follow_families.entity_ids, usp_follow_families.folded_ids
    FROM changed AS c
    CROSS JOIN LATERAL (VALUES (c.entity_id), (c.was), (c.now)) AS x (entity_id)
    LEFT JOIN kb.dim_entity AS e ON e.entity_id = c.now AND e.retracted_at IS NULL;
    IF cardinality(usp_follow_families.entity_ids) > 0 THEN
        PERFORM kb.usp_place_merges(usp_follow_families.entity_ids);
        PERFORM kb.usp_close_candidates(p_now);
    END IF;
END
$$;
