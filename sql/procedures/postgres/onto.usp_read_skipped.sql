-- Purpose:     what of a datasource was not looked at, and why.
-- Parameters:  p_ontology_id.
-- Returns:     rows of onto.vw_skipped, by phase and key.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION onto.usp_read_skipped(p_ontology_id bigint)
RETURNS TABLE (phase text, subject_key text, reason text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.phase, s.subject_key, s.reason
    FROM onto.vw_skipped AS s
    WHERE s.ontology_id = p_ontology_id
    ORDER BY s.phase, s.subject_key COLLATE "C";
$$;
