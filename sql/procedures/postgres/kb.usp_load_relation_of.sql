-- Purpose:     load a relation between two entities that are known by id, whatever else bears their names; internal.
-- Parameters:  p_from_entity_id, p_to_entity_id; p_relation_type; p_confidence 0..1; p_loaded_by; p_now UTC.
-- Returns:     assertion_id.
-- Errors:      none.
-- Idempotency: the same relation again is found.
CREATE OR REPLACE FUNCTION kb.usp_load_relation_of(
    p_from_entity_id bigint, p_to_entity_id bigint, p_relation_type text, p_confidence numeric, p_loaded_by text, p_now timestamptz)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_id bigint;
BEGIN
    SELECT b.entity_relation_id INTO v_id
    FROM kb.usp_batch_insert_entity_relations((
        SELECT jsonb_build_array(jsonb_build_object('from_entity', f.entity_name, 'from_entity_key', f.name_key,
            'from_family', f.type_family, 'from_disambiguator', f.disambiguator, 'to_entity', t.entity_name,
            'to_entity_key', t.name_key, 'to_family', t.type_family, 'to_disambiguator', t.disambiguator,
            'relation_type', p_relation_type, 'relation_type_key', kb.fn_bounded_key(coalesce(
                kb.fn_loaded_key(p_relation_type, 'type', NULL), lower(btrim(p_relation_type))), 900), 'confidence', p_confidence))
        FROM kb.dim_entity AS f, kb.dim_entity AS t
        WHERE f.entity_id = p_from_entity_id AND t.entity_id = p_to_entity_id
    ), NULL, p_loaded_by, p_now) AS b;
    RETURN (SELECT l.assertion_id FROM kb.assertion_link AS l JOIN kb.assertion AS a ON a.assertion_id = l.assertion_id
            WHERE l.target_table = 'bridge_entity_relation' AND l.target_id = v_id AND a.job_type = 'loaded' AND a.model = p_loaded_by
            ORDER BY l.assertion_id DESC LIMIT 1);
END
$$;
