-- Purpose:     read the entities that the dedupe audit compares, with what it compares them by: live, no tag, merged into
--              nothing, not suppressed.
-- Parameters:  p_after only entities with a higher id; p_type_family (null = all); p_limit most rows.
-- Returns:     entity_id, name, name_key, type_family, disambiguator, observation_count, aliases (json array of texts),
--              attributes (json array of {key, value}), neighbours (json array of name keys, a hundred at most), by id.
-- Errors:      INVALID_PAYLOAD for a negative limit.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION kb.usp_list_compared_entities(
    p_after bigint DEFAULT 0, p_type_family text DEFAULT NULL, p_limit integer DEFAULT 5000)
RETURNS TABLE (
    entity_id bigint, name text, name_key text, type_family text, disambiguator text, observation_count integer,
    aliases jsonb, attributes jsonb, neighbours jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT e.entity_id, e.entity_name, e.name_key, e.type_family, e.disambiguator, e.observation_count,
        coalesce((SELECT jsonb_agg(a.alias ORDER BY a.alias_key) FROM kb.entity_alias AS a
                  WHERE a.entity_id = e.entity_id AND a.retracted_at IS NULL), '[]'),
        coalesce((SELECT jsonb_agg(jsonb_build_object('key', k.key, 'value', k.value) ORDER BY k.key, k.value) FROM (
                      SELECT x.value ->> 'key' AS key, x.value ->> 'value' AS value
                      FROM jsonb_array_elements(CASE jsonb_typeof(e.attributes) WHEN 'array' THEN e.attributes ELSE '[]' END) AS x
                      UNION
                      SELECT f.attribute_key, f.value FROM kb.fact_attribute AS f
                      WHERE f.entity_id = e.entity_id AND f.retracted_at IS NULL AND f.promotion_state <> 'suppressed'
                  ) AS k WHERE k.key IS NOT NULL AND k.value IS NOT NULL), '[]'),
        coalesce((SELECT jsonb_agg(n.name_key ORDER BY n.name_key) FROM (
                      SELECT x.name_key FROM kb.bridge_entity_relation AS b
                      JOIN kb.dim_entity AS x ON x.entity_id = b.to_entity_id
                      WHERE b.from_entity_id = e.entity_id AND b.to_entity_id <> e.entity_id AND b.retracted_at IS NULL
                      UNION
                      SELECT x.name_key FROM kb.bridge_entity_relation AS b
                      JOIN kb.dim_entity AS x ON x.entity_id = b.from_entity_id
                      WHERE b.to_entity_id = e.entity_id AND b.from_entity_id <> e.entity_id AND b.retracted_at IS NULL
                      ORDER BY name_key LIMIT 100) AS n), '[]')
    FROM kb.dim_entity AS e
    WHERE e.entity_id > p_after AND e.retracted_at IS NULL AND e.merged_into_entity_id IS NULL
      AND e.promotion_state <> 'suppressed' AND e.type_family <> 'tag' AND (p_type_family IS NULL OR e.type_family = p_type_family)
    ORDER BY e.entity_id
    LIMIT llm.fn_checked_limit(p_limit);
$$;
