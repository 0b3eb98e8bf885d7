-- Purpose:     write a term with its other names; internal. The caller holds the ontology, looks for clashes of names
--              (onto.fn_name_clash) and logs.
-- Parameters:  p_ontology_id; p_term_key of the one to change, or of the new one; p_document as in onto.usp_put_glossary_term: of one
--              that is there, what is not named stays; p_source user, llm_suggested or learned; p_by; p_run_id; p_now UTC.
-- Returns:     its term_key, another one if it is renamed.
-- Errors:      INVALID_STATE for a name that another term has.
-- Idempotency: the same again changes nothing.
CREATE OR REPLACE FUNCTION onto.usp_store_glossary_term(
    p_ontology_id bigint, p_term_key text, p_document jsonb, p_source text, p_by text, p_run_id uuid, p_now timestamptz)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_id   bigint;
    v_name text;
    v_key  text;
BEGIN
    SELECT g.glossary_term_id, g.term INTO v_id, v_name FROM onto.glossary_term AS g
    WHERE g.ontology_id = p_ontology_id AND g.term_key = p_term_key COLLATE "C";
    v_name := onto.fn_term_name(coalesce(p_document ->> 'term', v_name));
    v_key := onto.fn_term_key(v_name);
    IF EXISTS (SELECT 1 FROM onto.glossary_term AS g
               WHERE g.ontology_id = p_ontology_id AND g.term_key = v_key COLLATE "C" AND g.glossary_term_id IS DISTINCT FROM v_id) THEN
        RAISE EXCEPTION 'INVALID_STATE: there is a term % already', v_name USING ERRCODE = 'SR010',
            HINT = 'Choose another name, or edit that term.';
    END IF;

    IF v_id IS NULL THEN
        INSERT INTO onto.glossary_term (ontology_id, term_key, term, definition, sql_pattern, sql_is_valid, sql_error, base_table,
            columns_used, filters, aggregation, source, run_id, created_by, created_at, updated_by, updated_at)
        VALUES (p_ontology_id, v_key, v_name, p_document ->> 'definition', p_document ->> 'sql_pattern',
            (p_document ->> 'sql_is_valid')::boolean, p_document ->> 'sql_error', p_document ->> 'base_table',
            coalesce(nullif(p_document -> 'columns_used', 'null'), '[]'), coalesce(nullif(p_document -> 'filters', 'null'), '[]'),
            p_document ->> 'aggregation', p_source, p_run_id, p_by, p_now, p_by, p_now)
        RETURNING glossary_term_id INTO v_id;
    ELSE
        UPDATE onto.glossary_term AS g
        SET term_key = v_key, term = v_name, definition = n.definition, sql_pattern = n.sql_pattern, sql_is_valid = n.sql_is_valid,
            sql_error = n.sql_error, base_table = n.base_table, columns_used = n.columns_used, filters = n.filters,
            aggregation = n.aggregation, source = p_source, run_id = p_run_id, updated_by = p_by, updated_at = p_now
        FROM (
            SELECT d.definition, d.sql_pattern, d.base_table, d.columns_used, d.filters, d.aggregation,
                -- What was found out about another statement does not hold for this one.
                CASE WHEN p_document ? 'sql_is_valid' THEN (p_document ->> 'sql_is_valid')::boolean
                     WHEN d.is_same THEN d.sql_is_valid END AS sql_is_valid,
                CASE WHEN p_document ? 'sql_error' THEN p_document ->> 'sql_error'
                     WHEN d.is_same AND NOT p_document ? 'sql_is_valid' THEN d.sql_error END AS sql_error
            FROM (
                SELECT k.sql_is_valid, k.sql_error,
                    coalesce(p_document ->> 'definition', k.definition) AS definition,
                    CASE WHEN p_document ? 'sql_pattern' THEN p_document ->> 'sql_pattern' ELSE k.sql_pattern END AS sql_pattern,
                    NOT p_document ? 'sql_pattern' OR k.sql_pattern IS NOT DISTINCT FROM p_document ->> 'sql_pattern' AS is_same,
                    CASE WHEN p_document ? 'base_table' THEN p_document ->> 'base_table' ELSE k.base_table END AS base_table,
                    CASE WHEN p_document ? 'columns_used' THEN coalesce(nullif(p_document -> 'columns_used', 'null'), '[]')
                         ELSE k.columns_used END AS columns_used,
                    CASE WHEN p_document ? 'filters' THEN coalesce(nullif(p_document -> 'filters', 'null'), '[]')
                         ELSE k.filters END AS filters,
                    CASE WHEN p_document ? 'aggregation' THEN p_document ->> 'aggregation' ELSE k.aggregation END AS aggregation
                FROM onto.glossary_term AS k
                WHERE k.glossary_term_id = v_id
            ) AS d
        ) AS n
        WHERE g.glossary_term_id = v_id
          AND (g.term, g.definition, g.sql_pattern, g.sql_is_valid, g.sql_error, g.base_table, g.columns_used, g.filters,
               g.aggregation, g.source) IS DISTINCT FROM
              (v_name, n.definition, n.sql_pattern, n.sql_is_valid, n.sql_error, n.base_table, n.columns_used, n.filters,
               n.aggregation, p_source);
    END IF;
    IF p_document ? 'aliases' THEN
        DELETE FROM onto.glossary_alias AS a WHERE a.glossary_term_id = v_id;
        INSERT INTO onto.glossary_alias (glossary_term_id, alias)
        SELECT v_id, n.value FROM jsonb_array_elements_text(onto.fn_term_aliases(v_key, p_document -> 'aliases')) AS n (value);
    END IF;
    RETURN v_key;
END
$$;
