-- Purpose:     read an entity and where the pages speak of it; the runner's way to the evidence of an enrichment job.
-- Parameters:  p_entity_id; p_max_items passages at most.
-- Returns:     one row: entity_id (the master, where the entity was merged), entity_name, name_key, entity_type,
--              type_family, aliases (json array of texts), evidence (see kb.fn_entity_evidence).
-- Errors:      UNKNOWN_ENTITY.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION kb.usp_get_entity_evidence(p_entity_id bigint, p_max_items integer DEFAULT 40)
RETURNS TABLE (
    entity_id bigint, entity_name text, name_key text, entity_type text, type_family text, aliases jsonb, evidence jsonb)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_master bigint := kb.fn_master_entity(p_entity_id);
BEGIN
    IF v_master IS NULL THEN
        RAISE EXCEPTION 'UNKNOWN_ENTITY: no entity has the id %', p_entity_id USING ERRCODE = 'SR009',
            HINT = 'SELECT entity_id, entity_name FROM kb.dim_entity lists the known ones.';
    END IF;
    RETURN QUERY
    SELECT e.entity_id, e.entity_name, e.name_key, e.entity_type, e.type_family,
        (SELECT coalesce(jsonb_agg(a.alias ORDER BY a.alias_key), '[]')
         FROM kb.entity_alias AS a
         WHERE a.entity_id = v_master AND a.retracted_at IS NULL),
        kb.fn_entity_evidence(v_master, p_max_items)
    FROM kb.dim_entity AS e
    WHERE e.entity_id = v_master;
END
$$;
