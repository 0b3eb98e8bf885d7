-- Purpose:     what people said about the business, for prompts.
-- Parameters:  p_ontology_id; p_about null for all, else only what is about this key or about everything.
-- Returns:     knowledge_id, about, fact, created_by, created_at, in order.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION onto.usp_read_knowledge(p_ontology_id bigint, p_about text DEFAULT NULL)
RETURNS TABLE (knowledge_id bigint, about text, fact text, created_by text, created_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT k.knowledge_id, k.about, k.fact, k.created_by, k.created_at
    FROM onto.knowledge AS k
    WHERE k.ontology_id = p_ontology_id AND (p_about IS NULL OR k.about IN ('', p_about))
    ORDER BY k.about, k.knowledge_id;
$$;
