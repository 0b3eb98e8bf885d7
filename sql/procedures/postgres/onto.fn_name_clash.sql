-- Purpose:     why names of terms mean two things, in a sentence; internal.
-- Parameters:  p_ontology_id; p_term_keys json array of the terms that were written.
-- Returns:     the first clash of one of them: one of its names is another term, or it is another name of one; null if there is none.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION onto.fn_name_clash(p_ontology_id bigint, p_term_keys jsonb)
RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT 'one of the names of ' || g.term || ' is one of the term ' || k.term
    FROM onto.glossary_term AS g
    JOIN onto.glossary_alias AS a ON a.glossary_term_id = g.glossary_term_id
    JOIN onto.glossary_term AS k ON k.ontology_id = g.ontology_id AND k.term_key = onto.fn_term_key(a.alias) COLLATE "C"
    WHERE g.ontology_id = p_ontology_id
      AND (g.term_key IN (SELECT w.value FROM jsonb_array_elements_text(p_term_keys) AS w (value))
           OR k.term_key IN (SELECT w.value FROM jsonb_array_elements_text(p_term_keys) AS w (value)))
    ORDER BY g.term_key, k.term_key
    LIMIT 1;
$$;
