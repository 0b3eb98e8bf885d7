-- Purpose:     say that columns refer to others, whatever evidence says: a relationship that a person (or an agent) adds or takes on.
-- Parameters:  p_datasource; p_from_table, p_to_table table_keys; p_from_columns, p_to_columns json arrays of column_keys, paired;
--              p_source human or agent; p_by who says so, default the login; p_is_import logs it as an import; p_now UTC.
-- Returns:     relationship_key; created: there was no such candidate; changed: it was not accepted by such an edit.
-- Errors:      NOT_FOUND for a datasource without ontology, a table or column that is not there; INVALID_PAYLOAD.
-- Idempotency: yes.
CREATE OR REPLACE FUNCTION onto.usp_put_manual_relationship(
    p_datasource text, p_from_table text, p_from_columns jsonb, p_to_table text, p_to_columns jsonb, p_source text DEFAULT 'human',
    p_by text DEFAULT NULL, p_is_import boolean DEFAULT false, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (relationship_key text, created boolean, changed boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now      timestamptz := coalesce(p_now, clock_timestamp());
    v_ontology bigint;
    v_missing  text;
    v_key      text;
    v_created  boolean;
    v_changed  boolean;
    v_is_news  boolean;
BEGIN
    IF jsonb_typeof(p_from_columns) IS DISTINCT FROM 'array' OR jsonb_typeof(p_to_columns) IS DISTINCT FROM 'array'
        OR jsonb_array_length(p_from_columns) NOT BETWEEN 1 AND 32 OR jsonb_array_length(p_from_columns) <> jsonb_array_length(p_to_columns) THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: both sides have the same number of columns, 1 to 32' USING ERRCODE = 'SR004';
    END IF;
    IF p_from_table = p_to_table AND p_from_columns = p_to_columns THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: a column does not refer to itself' USING ERRCODE = 'SR004';
    END IF;
    SELECT o.ontology_id INTO v_ontology FROM onto.ontology AS o WHERE o.datasource = p_datasource FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'NOT_FOUND: the datasource % has no ontology', p_datasource USING ERRCODE = 'SR012',
            HINT = 'sproute ontology extract makes it.';
    END IF;
    SELECT e.table_key || '.' || e.column_key INTO v_missing
    FROM (
        SELECT p_from_table AS table_key, f.value AS column_key FROM jsonb_array_elements_text(p_from_columns) AS f (value)
        UNION ALL
        SELECT p_to_table, t.value FROM jsonb_array_elements_text(p_to_columns) AS t (value)
    ) AS e
    WHERE NOT EXISTS (SELECT 1 FROM onto.vw_column AS c
                      WHERE c.ontology_id = v_ontology AND c.table_key = e.table_key AND c.column_key = e.column_key COLLATE "C")
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'NOT_FOUND: the ontology of % has no column %', p_datasource, v_missing USING ERRCODE = 'SR012',
            HINT = 'Columns are named schema.table(column) as they are in the database.';
    END IF;
    SELECT p_from_table || '(' || (SELECT string_agg(f.value, ',' ORDER BY f.place)
                                   FROM jsonb_array_elements_text(p_from_columns) WITH ORDINALITY AS f (value, place)) || ')->'
        || p_to_table || '(' || (SELECT string_agg(t.value, ',' ORDER BY t.place)
                                 FROM jsonb_array_elements_text(p_to_columns) WITH ORDINALITY AS t (value, place)) || ')' INTO v_key;

    INSERT INTO onto.relationship (ontology_id, relationship_key, from_table_id, from_columns, to_table_id, to_columns, status,
        provenance, created_at, updated_at)
    SELECT v_ontology, v_key, s.schema_table_id, p_from_columns, t.schema_table_id, p_to_columns, 'accepted', 'manual', v_now, v_now
    FROM onto.vw_table AS s
    JOIN onto.vw_table AS t ON t.ontology_id = s.ontology_id AND t.table_key = p_to_table
    WHERE s.ontology_id = v_ontology AND s.table_key = p_from_table
    ON CONFLICT (ontology_id, relationship_key) DO NOTHING;
    v_created := FOUND;
    -- A candidate that is no longer one, of columns that are there.
    UPDATE onto.relationship AS r SET dropped_at = NULL, dropped_because = NULL, updated_at = v_now
    WHERE r.ontology_id = v_ontology AND r.relationship_key = v_key AND r.dropped_at IS NOT NULL;
    v_is_news := v_created OR FOUND;

    SELECT e.changed INTO v_changed
    FROM onto.usp_apply_edits(p_datasource, jsonb_build_array(jsonb_build_object('target_kind', 'relationship', 'target_key', v_key,
        'field', 'status', 'value', 'accepted')), p_source, p_by, p_is_import, v_now) AS e;
    -- Where it was accepted as it came, the edit changed nothing.
    IF v_is_news AND EXISTS (SELECT 1 FROM onto.relationship AS r
                             WHERE r.ontology_id = v_ontology AND r.relationship_key = v_key AND r.status = 'accepted') THEN
        PERFORM onto.usp_log_changes(v_ontology, jsonb_build_array(jsonb_build_object('target_kind', 'relationship', 'target_key', v_key,
            'field', 'status', 'before', NULL, 'after', 'accepted')), CASE WHEN p_is_import THEN 'import' ELSE p_source END, NULL, NULL,
            v_now, p_by);
        PERFORM onto.usp_raise_version(v_ontology, NULL, v_now);
    END IF;
    RETURN QUERY SELECT v_key, v_created, v_changed;
END
$$;
