-- Purpose:     the entities about which a job of many pages said something that rests on a version of a page.
-- Parameters:  p_source_system, p_external_id.
-- Returns:     job_type; entity_id and entity_name, of the master where the entity was merged; is_old: what was said rests on
--              a superseded version.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION ingest.fn_page_subjects(p_source_system text, p_external_id text)
RETURNS TABLE (job_type text, entity_id bigint, entity_name text, is_old boolean)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT a.job_type, m.entity_id, m.entity_name, bool_or(s.superseded_at IS NOT NULL)
    FROM ingest.source_page AS s
    JOIN kb.assertion AS a ON a.source_page_id = s.source_page_id AND a.retracted_at IS NULL AND a.subject_key <> ''
    JOIN kb.dim_entity AS e ON e.name_key = split_part(a.subject_key, E'\x1f', 1) AND e.type_family = split_part(a.subject_key, E'\x1f', 2)
        AND e.disambiguator = split_part(a.subject_key, E'\x1f', 3)
    JOIN kb.dim_entity AS m ON m.entity_id = kb.fn_master_entity(e.entity_id)
    WHERE s.source_system = p_source_system AND s.external_id = p_external_id
    GROUP BY a.job_type, m.entity_id, m.entity_name;
$$;
