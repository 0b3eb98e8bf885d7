-- Purpose:     the entities about which a job of many pages used any version of a page: what a new version of it is enqueued
--              for besides.
-- Parameters:  p_source_system, p_external_id.
-- Returns:     job_type, entity_id, entity_name.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION ingest.fn_page_subjects(p_source_system text, p_external_id text)
RETURNS TABLE (job_type text, entity_id bigint, entity_name text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT DISTINCT a.job_type, e.entity_id, e.entity_name
    FROM ingest.source_page AS s
    JOIN kb.assertion AS a ON a.source_page_id = s.source_page_id AND a.retracted_at IS NULL AND a.subject_key <> ''
    JOIN kb.dim_entity AS e ON e.name_key = split_part(a.subject_key, E'\x1f', 1) AND e.type_family = split_part(a.subject_key, E'\x1f', 2)
        AND e.disambiguator = split_part(a.subject_key, E'\x1f', 3) AND e.retracted_at IS NULL
    WHERE s.source_system = p_source_system AND s.external_id = p_external_id;
$$;
