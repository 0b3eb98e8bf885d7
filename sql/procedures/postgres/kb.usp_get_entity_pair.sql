-- Purpose:     read two entities with what is known of them; the runner's way to the material of a dedupe job.
-- Parameters:  p_first_entity_id, p_second_entity_id; p_max_items passages at most, each.
-- Returns:     two rows, in the order of the parameters: requested_entity_id, entity_id (the master, where it was merged),
--              entity_name, entity_type, type_family, description, aliases (json array of texts), attributes (json array
--              of {key, value, unit}), relations (json array of {relation_type, entity_name, is_from}, the surest 10),
--              evidence (see kb.fn_entity_evidence), is_live (false: retracted or suppressed).
-- Errors:      UNKNOWN_ENTITY.
-- Idempotency: reads only; waits for erasing that is about to change what it reads.
CREATE OR REPLACE FUNCTION kb.usp_get_entity_pair(
    p_first_entity_id bigint, p_second_entity_id bigint, p_max_items integer DEFAULT 5)
RETURNS TABLE (
    requested_entity_id bigint, entity_id bigint, entity_name text, entity_type text, type_family text, description text,
    aliases jsonb, attributes jsonb, relations jsonb, evidence jsonb, is_live boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_unknown bigint;
BEGIN
    SELECT i.entity_id INTO v_unknown
    FROM (VALUES (1, p_first_entity_id), (2, p_second_entity_id)) AS i (ordinal, entity_id)
    WHERE kb.fn_master_entity(i.entity_id) IS NULL
    ORDER BY i.ordinal
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'UNKNOWN_ENTITY: no entity has the id %', v_unknown USING ERRCODE = 'SR009',
            HINT = 'SELECT entity_id, entity_name FROM kb.dim_entity lists the known ones.';
    END IF;
    PERFORM 1 FROM kb.name AS n
    WHERE n.name_key IN (SELECT e.name_key FROM kb.dim_entity AS e
                         WHERE e.entity_id IN (kb.fn_master_entity(p_first_entity_id), kb.fn_master_entity(p_second_entity_id)))
    ORDER BY n.name_key
    FOR KEY SHARE;
    RETURN QUERY
    SELECT i.entity_id, e.entity_id, e.entity_name, e.entity_type, e.type_family, e.description,
        (SELECT coalesce(jsonb_agg(a.alias ORDER BY a.alias_key), '[]')
         FROM kb.entity_alias AS a
         WHERE a.entity_id = e.entity_id AND a.retracted_at IS NULL),
        e.attributes,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('relation_type', n.relation_type, 'entity_name', n.entity_name,
                'is_from', n.is_from) ORDER BY n.place), '[]')
         FROM (
             SELECT r.relation_type, o.entity_name, r.is_from, row_number() OVER (
                 ORDER BY r.confidence DESC, r.relation_type COLLATE "C", o.entity_name COLLATE "C", r.is_from) AS place
             FROM (
                 SELECT b.relation_type, b.confidence, b.to_entity_id AS other_entity_id, true AS is_from
                 FROM kb.bridge_entity_relation AS b
                 WHERE b.from_entity_id = e.entity_id AND b.retracted_at IS NULL
                 UNION ALL
                 SELECT b.relation_type, b.confidence, b.from_entity_id, false
                 FROM kb.bridge_entity_relation AS b
                 WHERE b.to_entity_id = e.entity_id AND b.from_entity_id <> e.entity_id AND b.retracted_at IS NULL
             ) AS r
             JOIN kb.dim_entity AS o ON o.entity_id = r.other_entity_id
             ORDER BY place
             LIMIT 10
         ) AS n),
        kb.fn_entity_evidence(e.entity_id, p_max_items),
        e.retracted_at IS NULL AND e.promotion_state <> 'suppressed'
    FROM (VALUES (1, p_first_entity_id), (2, p_second_entity_id)) AS i (ordinal, entity_id)
    JOIN kb.dim_entity AS e ON e.entity_id = kb.fn_master_entity(i.entity_id)
    ORDER BY i.ordinal;
END
$$;
