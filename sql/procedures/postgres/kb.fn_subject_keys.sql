-- Purpose:     the natural keys of an entity and of everything that is one with it: as what jobs of many pages spoke of it.
-- Parameters:  p_entity_id of any of them.
-- Returns:     subject_key as in kb.assertion and kb.extraction.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION kb.fn_subject_keys(p_entity_id bigint)
RETURNS TABLE (subject_key text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT (e.name_key || E'\x1f' || e.type_family || E'\x1f' || e.disambiguator) COLLATE "C"
    FROM kb.fn_merge_group(kb.fn_master_entity(p_entity_id)) AS g
    JOIN kb.dim_entity AS e ON e.entity_id = g.entity_id;
$$;
