-- Purpose:     remove all that is known of a datasource, edits, terms and the log of changes included; the datasource itself stays.
-- Parameters:  p_datasource; p_confirmation the words: delete ontology.
-- Returns:     tables, columns, relationships, entities, edits, terms: how many went.
-- Errors:      CONFIRMATION_REQUIRED, NOT_FOUND, DAG_RUNNING while a dag of the datasource runs.
-- Idempotency: what is gone is NOT_FOUND. Dags and runs that ended stay in the history of the queue.
CREATE OR REPLACE FUNCTION onto.usp_delete_ontology(p_datasource text, p_confirmation text)
RETURNS TABLE (tables bigint, columns bigint, relationships bigint, entities bigint, edits bigint, terms bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_id            bigint;
    v_tables        bigint;
    v_columns       bigint;
    v_relationships bigint;
    v_entities      bigint;
    v_edits         bigint;
    v_terms         bigint;
BEGIN
    IF p_confirmation IS DISTINCT FROM 'delete ontology' THEN
        RAISE EXCEPTION 'CONFIRMATION_REQUIRED: this removes all that is known of %', p_datasource USING ERRCODE = 'SR008',
            HINT = 'Confirm with the words: delete ontology.';
    END IF;
    -- Routing holds it shared: what is being written now is waited for.
    SELECT o.ontology_id INTO v_id FROM onto.ontology AS o WHERE o.datasource = p_datasource FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'NOT_FOUND: the datasource % has no ontology', p_datasource USING ERRCODE = 'SR012',
            HINT = 'There is nothing to remove; sproute ontology ls lists those that are there.';
    END IF;
    IF EXISTS (SELECT 1 FROM onto.vw_dag AS d WHERE d.datasource = p_datasource AND d.status = 'RUNNING') THEN
        RAISE EXCEPTION 'DAG_RUNNING: the ontology of % is being extracted', p_datasource USING ERRCODE = 'SR007',
            HINT = 'Wait until that ends, or cancel it: sproute ontology cancel.';
    END IF;

    SELECT count(*) INTO v_tables FROM onto.schema_table AS t WHERE t.ontology_id = v_id;
    SELECT count(*) INTO v_columns FROM onto.schema_column AS c
    JOIN onto.schema_table AS t ON t.schema_table_id = c.schema_table_id WHERE t.ontology_id = v_id;
    SELECT count(*) INTO v_relationships FROM onto.relationship AS r WHERE r.ontology_id = v_id;
    SELECT count(*) INTO v_entities FROM onto.entity AS e WHERE e.ontology_id = v_id;
    SELECT count(*) INTO v_edits FROM onto.override AS v WHERE v.ontology_id = v_id;
    SELECT count(*) INTO v_terms FROM onto.glossary_term AS g WHERE g.ontology_id = v_id;

    DELETE FROM onto.ontology_dag AS d WHERE d.ontology_id = v_id;
    DELETE FROM onto.change_log AS l WHERE l.ontology_id = v_id;
    DELETE FROM onto.override AS v WHERE v.ontology_id = v_id;
    DELETE FROM onto.knowledge AS k WHERE k.ontology_id = v_id;
    DELETE FROM onto.glossary_alias AS a USING onto.glossary_term AS g
    WHERE g.glossary_term_id = a.glossary_term_id AND g.ontology_id = v_id;
    DELETE FROM onto.glossary_term AS g WHERE g.ontology_id = v_id;
    DELETE FROM onto.entity_key_column AS k USING onto.entity AS e WHERE e.entity_id = k.entity_id AND e.ontology_id = v_id;
    DELETE FROM onto.entity_alias AS a USING onto.entity AS e WHERE e.entity_id = a.entity_id AND e.ontology_id = v_id;
    DELETE FROM onto.entity AS e WHERE e.ontology_id = v_id;
    DELETE FROM onto.relationship AS r WHERE r.ontology_id = v_id;
    DELETE FROM onto.answer AS a WHERE a.ontology_id = v_id;
    DELETE FROM onto.column_feature AS f USING onto.schema_column AS c, onto.schema_table AS t
    WHERE c.schema_column_id = f.schema_column_id AND t.schema_table_id = c.schema_table_id AND t.ontology_id = v_id;
    DELETE FROM onto.schema_column AS c USING onto.schema_table AS t
    WHERE t.schema_table_id = c.schema_table_id AND t.ontology_id = v_id;
    DELETE FROM onto.schema_table AS t WHERE t.ontology_id = v_id;
    DELETE FROM onto.ontology AS o WHERE o.ontology_id = v_id;

    RETURN QUERY SELECT v_tables, v_columns, v_relationships, v_entities, v_edits, v_terms;
END
$$;
