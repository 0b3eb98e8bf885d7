-- Purpose:     what the answers on record were given to: plans compare it with what they would ask now.
-- Parameters:  p_ontology_id; p_job_types json array.
-- Returns:     job_type, subject_key, input_sha256, in this order.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION onto.usp_read_answers(p_ontology_id bigint, p_job_types jsonb)
RETURNS TABLE (job_type text, subject_key text, input_sha256 text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT a.job_type, a.subject_key, a.input_sha256
    FROM onto.answer AS a
    WHERE a.ontology_id = p_ontology_id
      AND a.job_type COLLATE "C" IN (SELECT t.value FROM jsonb_array_elements_text(p_job_types) AS t (value))
    ORDER BY a.job_type, a.subject_key;
$$;
