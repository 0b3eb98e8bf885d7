-- Purpose:     read an entity and where the pages speak of it; the runner's way to the evidence of an enrichment job.
-- Parameters:  p_entity_id; p_max_items passages at most.
-- Returns:     one row: entity_id (the master, where the entity was merged), entity_name, name_key, entity_type,
--              type_family, aliases (json array of texts), evidence (see kb.fn_entity_evidence). Names and type are those that
--              pages and people give it, without what an enrichment said.
-- Errors:      UNKNOWN_ENTITY.
-- Idempotency: reads only; waits for routing that is about to change what it reads.
CREATE OR REPLACE FUNCTION kb.usp_get_entity_evidence(p_entity_id bigint, p_max_items integer DEFAULT 40)
RETURNS TABLE (
    entity_id bigint, entity_name text, name_key text, entity_type text, type_family text, aliases jsonb, evidence jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_master bigint := kb.fn_master_entity(p_entity_id);
BEGIN
    IF v_master IS NULL THEN
        RAISE EXCEPTION 'UNKNOWN_ENTITY: no entity has the id %', p_entity_id USING ERRCODE = 'SR009',
            HINT = 'SELECT entity_id, entity_name FROM kb.dim_entity lists the known ones.';
    END IF;
    -- Routing locks the names that it touches: who reads before it is seen running by it, who reads after it sees its work.
    PERFORM 1 FROM kb.name AS n WHERE n.name_key = (SELECT e.name_key FROM kb.dim_entity AS e WHERE e.entity_id = v_master) FOR KEY SHARE;
    RETURN QUERY
    SELECT e.entity_id, coalesce(d.changes ->> 'entity_name', n.name, e.entity_name), e.name_key,
        coalesce(d.changes ->> 'entity_type', y.type, e.entity_type), e.type_family,
        (SELECT coalesce(jsonb_agg(a.alias ORDER BY a.alias_key), '[]')
         FROM kb.entity_alias AS a
         WHERE a.entity_id = v_master AND a.retracted_at IS NULL
           AND EXISTS (SELECT 1 FROM kb.assertion_link AS l JOIN kb.assertion AS s ON s.assertion_id = l.assertion_id AND s.subject_key = ''
                       WHERE l.target_table = 'entity_alias' AND l.target_id = a.entity_alias_id)),
        kb.fn_entity_evidence(v_master, p_max_items)
    FROM kb.dim_entity AS e
    LEFT JOIN LATERAL (
        SELECT g.name FROM kb.fn_entity_mentions(v_master) AS g
        ORDER BY g.confidence DESC, g.name COLLATE "C" LIMIT 1) AS n ON true
    LEFT JOIN LATERAL (
        SELECT g.type FROM kb.fn_entity_mentions(v_master) AS g WHERE g.type_family <> 'unknown'
        ORDER BY g.confidence DESC, g.type COLLATE "C" LIMIT 1) AS y ON true
    LEFT JOIN LATERAL kb.fn_entity_decision(v_master) AS d ON true
    WHERE e.entity_id = v_master;
END
$$;
