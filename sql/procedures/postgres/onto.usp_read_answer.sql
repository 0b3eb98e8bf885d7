-- Purpose:     the answer on record for one item.
-- Parameters:  p_ontology_id, p_job_type, p_subject_key.
-- Returns:     answer, input_sha256, model, run_id, answered_at; no row if there is none.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION onto.usp_read_answer(p_ontology_id bigint, p_job_type text, p_subject_key text)
RETURNS TABLE (answer jsonb, input_sha256 text, model text, run_id uuid, answered_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT a.answer, a.input_sha256, a.model, a.run_id, a.answered_at
    FROM onto.answer AS a
    WHERE a.ontology_id = p_ontology_id AND a.job_type = p_job_type AND a.subject_key = p_subject_key;
$$;
