-- Purpose:     the entity that a subject key stands for.
-- Parameters:  p_subject_key as in kb.assertion and kb.extraction.
-- Returns:     entity_id, null if there is none.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION kb.fn_subject_entity(p_subject_key text)
RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT e.entity_id
    FROM kb.dim_entity AS e
    WHERE e.name_key = split_part(p_subject_key, E'\x1f', 1) AND e.type_family = split_part(p_subject_key, E'\x1f', 2)
      AND e.disambiguator = split_part(p_subject_key, E'\x1f', 3);
$$;
