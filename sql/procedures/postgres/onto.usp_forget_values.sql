-- Purpose:     erase every value that is kept of a column that became sensitive, and whatever a model said having seen them;
--              counts and lengths stay; internal.
-- Parameters:  p_ontology_id; p_subject_key of the column; p_now UTC.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: yes. What was said of the column and of its table is asked for anew, without values; edits stay. Earlier prompts
--              lie in the lake until that is pruned.
CREATE OR REPLACE FUNCTION onto.usp_forget_values(p_ontology_id bigint, p_subject_key text, p_now timestamptz)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_table_id  bigint;
    v_table_key text;
    v_column_id bigint;
    v_column    text;
    v_terms     jsonb;
    v_keys      jsonb;
BEGIN
    SELECT t.schema_table_id, t.table_key, c.schema_column_id, c.column_key INTO v_table_id, v_table_key, v_column_id, v_column
    FROM onto.schema_table AS t
    JOIN onto.schema_column AS c ON c.schema_table_id = t.schema_table_id
    WHERE t.ontology_id = p_ontology_id AND t.table_key || '.' || c.column_key = p_subject_key;
    SELECT coalesce(jsonb_agg(g.term_key), '[]') INTO v_terms
    FROM onto.glossary_term AS g
    WHERE g.ontology_id = p_ontology_id AND g.source = 'llm_suggested'
      AND (g.columns_used ? p_subject_key OR EXISTS (
          SELECT 1 FROM jsonb_array_elements(g.filters) AS f (value)
          WHERE f.value ->> 'column' = p_subject_key OR f.value ->> 'column' = v_column AND g.base_table = v_table_key));
    UPDATE onto.schema_column AS c
    SET samples = NULL, distribution = NULL, min_value = NULL, max_value = NULL, avg_value = NULL, updated_at = p_now,
        patterns = (SELECT jsonb_agg(p.value - 'example' - 'examples' ORDER BY p.place)
                    FROM jsonb_array_elements(c.patterns) WITH ORDINALITY AS p (value, place))
    WHERE c.schema_column_id = v_column_id;
    DELETE FROM onto.column_feature AS f WHERE f.schema_column_id = v_column_id;
    SELECT coalesce(jsonb_agg(r.relationship_key), '[]') INTO v_keys
    FROM onto.relationship AS r
    WHERE r.ontology_id = p_ontology_id
      AND (r.from_table_id = v_table_id AND r.from_columns ? v_column OR r.to_table_id = v_table_id AND r.to_columns ? v_column);
    -- A profile holds no answer of a model, and its input changes by itself.
    DELETE FROM onto.answer AS a
    USING llm.job_type AS t
    WHERE a.ontology_id = p_ontology_id AND a.job_type = t.job_type AND a.subject_key IN (p_subject_key, v_table_key)
      AND a.model IS NOT NULL;
    DELETE FROM onto.answer AS a
    WHERE a.ontology_id = p_ontology_id AND a.job_type = 'glossary_suggestion' AND a.model IS NOT NULL;
    DELETE FROM onto.answer AS a
    USING jsonb_array_elements_text(v_keys) AS k (value)
    WHERE a.ontology_id = p_ontology_id AND a.job_type = 'relationship_validation' AND a.subject_key = k.value
      AND a.model IS NOT NULL;
    UPDATE onto.relationship AS r SET statistics = '{}', reasoning = NULL, updated_at = p_now
    WHERE r.ontology_id = p_ontology_id AND (r.statistics <> '{}' OR r.reasoning IS NOT NULL)
      AND r.relationship_key IN (SELECT k.value FROM jsonb_array_elements_text(v_keys) AS k (value));
    -- A statement that was suggested may hold values as filters; what a person wrote stays.
    UPDATE onto.glossary_term AS g
    SET filters = '[]', sql_pattern = NULL, sql_is_valid = NULL, sql_error = NULL, updated_at = p_now
    WHERE g.ontology_id = p_ontology_id AND g.source = 'llm_suggested' AND g.term_key IN (SELECT k.value FROM jsonb_array_elements_text(v_terms) AS k (value));
    UPDATE onto.change_log AS l SET before = NULL, after = NULL
    WHERE l.ontology_id = p_ontology_id AND l.source = 'inferred'
      AND (l.target_kind = 'column' AND l.target_key = p_subject_key
           OR l.target_kind = 'term' AND l.target_key IN (SELECT k.value FROM jsonb_array_elements_text(v_terms) AS k (value)));
END
$$;
