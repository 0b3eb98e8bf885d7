-- Purpose:     what the answers on record say: material for items that build on earlier ones.
-- Parameters:  p_ontology_id; p_job_types json array; p_table_key null for all, else those about this table and its columns.
-- Returns:     job_type, subject_key, answer, in the order of the first two.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION onto.usp_read_answer_documents(p_ontology_id bigint, p_job_types jsonb, p_table_key text DEFAULT NULL)
RETURNS TABLE (job_type text, subject_key text, answer jsonb)
-- Planned anew each time: for all rows or for a few of them.
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
    SELECT a.job_type, a.subject_key, a.answer
    FROM onto.answer AS a
    WHERE a.ontology_id = p_ontology_id
      AND a.job_type COLLATE "C" IN (SELECT t.value FROM jsonb_array_elements_text(p_job_types) AS t (value))
      AND (p_table_key IS NULL OR a.subject_key = p_table_key
           -- Keys of columns: between the dot and the slash, the character that follows it.
           OR (a.subject_key > p_table_key || '.' AND a.subject_key < p_table_key || '/'))
    ORDER BY a.job_type, a.subject_key;
$$;
