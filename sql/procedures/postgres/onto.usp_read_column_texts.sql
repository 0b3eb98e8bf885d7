-- Purpose:     what the columns of an ontology are called and what is said of them, for searching; columns of partitions are
--              those of the table that they are a part of.
-- Parameters:  p_ontology_id.
-- Returns:     table_key, subject_key, column_name, semantic_type, fk_role, description, comment, synonyms, enum_values (none of
--              a sensitive column), by key.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION onto.usp_read_column_texts(p_ontology_id bigint)
RETURNS TABLE (
    table_key text, subject_key text, column_name text, semantic_type text, fk_role text, description text, comment text,
    synonyms jsonb, enum_values jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT c.table_key, c.subject_key, c.column_name, c.semantic_type, c.fk_role, c.description, c.comment, c.synonyms,
        CASE WHEN c.is_sensitive THEN '[]' ELSE c.enum_values END
    FROM onto.vw_column AS c
    JOIN onto.vw_table AS t ON t.schema_table_id = c.schema_table_id
    WHERE c.ontology_id = p_ontology_id AND t.kind <> 'partition'
    ORDER BY c.table_key, c.ordinal, c.column_key;
$$;
