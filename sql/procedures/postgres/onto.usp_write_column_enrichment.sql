-- Purpose:     write what the answers about tables say of their columns, and log what changed; internal.
-- Parameters:  p_ontology_id; p_table_keys json array: those whose answer (column_enrichment in onto.answer) counts; p_run_id,
--              p_dag_id of who writes; p_now UTC.
-- Returns:     how many rows of onto.column_feature changed.
-- Errors:      none.
-- Idempotency: the same answers again change nothing.
-- That a column is a key, as its own answer or the schema said, is not overruled by what it does in a query. Labels of its
-- values are replaced where its own answers gave none.
CREATE OR REPLACE FUNCTION onto.usp_write_column_enrichment(
    p_ontology_id bigint, p_table_keys jsonb, p_run_id uuid, p_dag_id bigint, p_now timestamptz)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_rows  jsonb;
    v_count bigint;
BEGIN
    SELECT jsonb_agg(to_jsonb(g)) INTO v_rows
    FROM (
        SELECT t.table_key || '.' || c.column_key AS target_key, c.schema_column_id, c.classification_path, a.model, a.run_id,
            a.answered_at, w.description, w.semantic_type,
            CASE WHEN f.role IN ('primary_key', 'foreign_key') THEN f.role ELSE w.role END AS role,
            coalesce(nullif(w.synonyms, 'null'), '[]') AS synonyms, nullif(w.fk_role, '') AS fk_role,
            CASE WHEN coalesce(nullif(w.enum_values, 'null'), '[]') = '[]' THEN coalesce(f.enum_values, '[]')
                 ELSE w.enum_values END AS enum_values,
            to_jsonb(f) AS old
        FROM jsonb_array_elements_text(p_table_keys) AS k (value)
        JOIN onto.schema_table AS t ON t.ontology_id = p_ontology_id AND t.table_key = k.value COLLATE "C" AND t.dropped_at IS NULL
        JOIN onto.answer AS a ON a.ontology_id = p_ontology_id AND a.job_type = 'column_enrichment' AND a.subject_key = t.table_key
        CROSS JOIN LATERAL jsonb_to_recordset(a.answer -> 'columns') AS w (name text, description text, semantic_type text, role text,
            synonyms jsonb, enum_values jsonb, fk_role text)
        JOIN onto.schema_column AS c
            ON c.schema_table_id = t.schema_table_id AND c.column_key = w.name COLLATE "C" AND c.dropped_at IS NULL
        LEFT JOIN onto.column_feature AS f ON f.schema_column_id = c.schema_column_id
    ) AS g;

    INSERT INTO onto.column_feature AS f (schema_column_id, classification_path, description, semantic_type, role, fk_role, synonyms,
        enum_values, model, run_id, analyzed_at, updated_at)
    SELECT r.schema_column_id, coalesce(r.classification_path, 'unknown'), r.description, r.semantic_type, r.role, r.fk_role,
        r.synonyms, r.enum_values, r.model, r.run_id, r.answered_at, p_now
    FROM jsonb_to_recordset(coalesce(v_rows, '[]')) AS r (schema_column_id bigint, classification_path text, description text,
        semantic_type text, role text, fk_role text, synonyms jsonb, enum_values jsonb, model text, run_id uuid, answered_at timestamptz)
    ORDER BY r.schema_column_id
    ON CONFLICT (schema_column_id) DO UPDATE
        SET description = EXCLUDED.description, semantic_type = EXCLUDED.semantic_type, role = EXCLUDED.role,
            fk_role = EXCLUDED.fk_role, synonyms = EXCLUDED.synonyms, enum_values = EXCLUDED.enum_values,
            updated_at = EXCLUDED.updated_at
        WHERE (f.description, f.semantic_type, f.role, f.fk_role, f.synonyms, f.enum_values) IS DISTINCT FROM
              (EXCLUDED.description, EXCLUDED.semantic_type, EXCLUDED.role, EXCLUDED.fk_role, EXCLUDED.synonyms, EXCLUDED.enum_values);
    GET DIAGNOSTICS v_count = ROW_COUNT;

    PERFORM onto.usp_log_changes(p_ontology_id, (
        SELECT jsonb_agg(jsonb_build_object('target_kind', 'column', 'target_key', r.value ->> 'target_key', 'field', n.field,
            'before', r.value -> 'old' -> n.field, 'after', r.value -> n.field))
        FROM jsonb_array_elements(coalesce(v_rows, '[]')) AS r (value)
        CROSS JOIN (VALUES ('description'), ('semantic_type'), ('role'), ('fk_role'), ('synonyms'), ('enum_values')) AS n (field)
        WHERE coalesce(nullif(r.value -> 'old' -> n.field, 'null'), '[]') <> coalesce(nullif(r.value -> n.field, 'null'), '[]')),
        'inferred', p_run_id, p_dag_id, p_now);
    RETURN v_count;
END
$$;
