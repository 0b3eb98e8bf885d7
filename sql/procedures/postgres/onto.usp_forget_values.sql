-- Purpose:     erase every stored value of a column that became sensitive; counts and lengths stay; internal.
-- Parameters:  p_ontology_id; p_subject_key of the column; p_now UTC.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: yes. Answers that named values go, so that they are asked for anew without them.
CREATE OR REPLACE FUNCTION onto.usp_forget_values(p_ontology_id bigint, p_subject_key text, p_now timestamptz)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_id bigint;
BEGIN
    SELECT c.schema_column_id INTO v_id
    FROM onto.schema_table AS t
    JOIN onto.schema_column AS c ON c.schema_table_id = t.schema_table_id
    WHERE t.ontology_id = p_ontology_id AND t.table_key || '.' || c.column_key = p_subject_key;
    UPDATE onto.schema_column AS c
    SET samples = NULL, distribution = NULL, min_value = NULL, max_value = NULL, avg_value = NULL, updated_at = p_now,
        patterns = (SELECT jsonb_agg(p.value - 'example' - 'examples' ORDER BY p.place)
                    FROM jsonb_array_elements(c.patterns) WITH ORDINALITY AS p (value, place))
    WHERE c.schema_column_id = v_id;
    UPDATE onto.column_feature AS f SET enum_values = '[]', updated_at = p_now
    WHERE f.schema_column_id = v_id AND f.enum_values <> '[]';
    DELETE FROM onto.answer AS a WHERE a.ontology_id = p_ontology_id AND a.subject_key = p_subject_key;
    -- What the log said of its values.
    UPDATE onto.change_log AS l SET before = NULL, after = NULL
    WHERE l.ontology_id = p_ontology_id AND l.target_kind = 'column' AND l.target_key = p_subject_key AND l.field = 'enum_values';
END
$$;
