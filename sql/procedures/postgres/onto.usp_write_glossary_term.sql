-- Purpose:     make a term or change one, and log it; internal.
-- Parameters:  p_ontology_id; p_term_key of the one to change, or of the new one; p_document as in onto.usp_put_glossary_term;
--              p_source user, llm_suggested or learned; p_by; p_change_source as onto.usp_log_changes takes it; p_run_id, p_dag_id;
--              p_now UTC.
-- Returns:     glossary_term_id.
-- Errors:      INVALID_STATE for a name that another term has.
-- Idempotency: the same again changes nothing.
CREATE OR REPLACE FUNCTION onto.usp_write_glossary_term(
    p_ontology_id bigint, p_term_key text, p_document jsonb, p_source text, p_by text, p_change_source text, p_run_id uuid,
    p_dag_id bigint, p_now timestamptz)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_before jsonb := onto.fn_term_document(p_ontology_id, p_term_key);
    v_old    onto.glossary_term;
    v_new    onto.glossary_term;
    v_after  jsonb;
    v_taken  text;
BEGIN
    SELECT * INTO v_old FROM onto.glossary_term AS g
    WHERE g.ontology_id = p_ontology_id AND g.term_key = p_term_key COLLATE "C" FOR UPDATE;
    v_new := jsonb_populate_record(v_old, p_document - 'aliases');
    v_new.term := btrim(regexp_replace(v_new.term, '\s+', ' ', 'g'));
    v_new.term_key := onto.fn_term_key(v_new.term);
    v_new.columns_used := coalesce(nullif(v_new.columns_used, 'null'), '[]');
    v_new.filters := coalesce(nullif(v_new.filters, 'null'), '[]');
    -- What was found out about another statement does not hold for this one.
    IF v_new.sql_pattern IS DISTINCT FROM v_old.sql_pattern AND NOT p_document ? 'sql_is_valid' THEN
        v_new.sql_is_valid := NULL;
        v_new.sql_error := NULL;
    END IF;
    -- A name means one thing: no alias is another term, and no term another's alias.
    SELECT g.term INTO v_taken
    FROM onto.glossary_term AS g
    LEFT JOIN onto.glossary_alias AS a ON a.glossary_term_id = g.glossary_term_id
    WHERE g.ontology_id = p_ontology_id AND g.term_key <> p_term_key COLLATE "C"
      AND (g.term_key = v_new.term_key OR onto.fn_term_key(a.alias) = v_new.term_key
           OR g.term_key COLLATE "C" IN (SELECT onto.fn_term_key(n.value) FROM jsonb_array_elements_text(p_document -> 'aliases') AS n (value)))
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'INVALID_STATE: one of the names of % is one of the term %', v_new.term, v_taken USING ERRCODE = 'SR010',
            HINT = 'Choose another name, or edit that term.';
    END IF;

    IF v_old.glossary_term_id IS NULL THEN
        INSERT INTO onto.glossary_term (ontology_id, term_key, term, definition, sql_pattern, sql_is_valid, sql_error, base_table,
            columns_used, filters, aggregation, source, run_id, created_by, created_at, updated_by, updated_at)
        VALUES (p_ontology_id, v_new.term_key, v_new.term, v_new.definition, v_new.sql_pattern, v_new.sql_is_valid, v_new.sql_error,
            v_new.base_table, v_new.columns_used, v_new.filters, v_new.aggregation, p_source, p_run_id, p_by, p_now, p_by, p_now)
        RETURNING glossary_term_id INTO v_new.glossary_term_id;
    ELSE
        UPDATE onto.glossary_term AS g
        SET term_key = v_new.term_key, term = v_new.term, definition = v_new.definition, sql_pattern = v_new.sql_pattern,
            sql_is_valid = v_new.sql_is_valid, sql_error = v_new.sql_error, base_table = v_new.base_table,
            columns_used = v_new.columns_used, filters = v_new.filters, aggregation = v_new.aggregation, source = p_source,
            run_id = p_run_id, updated_by = p_by, updated_at = p_now
        WHERE g.glossary_term_id = v_old.glossary_term_id
          AND (g.term, g.definition, g.sql_pattern, g.sql_is_valid, g.sql_error, g.base_table, g.columns_used, g.filters,
               g.aggregation, g.source) IS DISTINCT FROM
              (v_new.term, v_new.definition, v_new.sql_pattern, v_new.sql_is_valid, v_new.sql_error, v_new.base_table,
               v_new.columns_used, v_new.filters, v_new.aggregation, p_source);
    END IF;
    IF p_document ? 'aliases' THEN
        DELETE FROM onto.glossary_alias AS a WHERE a.glossary_term_id = v_new.glossary_term_id;
        INSERT INTO onto.glossary_alias (glossary_term_id, alias)
        SELECT v_new.glossary_term_id, min(btrim(n.value))
        FROM jsonb_array_elements_text(p_document -> 'aliases') AS n (value)
        WHERE onto.fn_term_key(n.value) NOT IN ('', v_new.term_key)
        GROUP BY onto.fn_term_key(n.value);
    END IF;

    v_after := onto.fn_term_document(p_ontology_id, v_new.term_key);
    PERFORM onto.usp_log_changes(p_ontology_id, (
        SELECT jsonb_agg(jsonb_build_object('target_kind', 'term', 'target_key', v_new.term_key, 'field', f.key,
            'before', v_before -> f.key, 'after', f.value))
        FROM jsonb_each(v_after) AS f
        WHERE coalesce(v_before -> f.key, '[]') <> f.value), p_change_source, p_run_id, p_dag_id, p_now,
        CASE WHEN p_run_id IS NULL THEN p_by END);
    RETURN v_new.glossary_term_id;
END
$$;
