-- Purpose:     write the terms and facts of a document that are news; internal, a step of onto.usp_import_ontology.
-- Parameters:  p_ontology_id; p_document; p_changes rows of onto.fn_import_changes; p_by who imports; p_now UTC.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: the same again changes nothing. A statement of a term is not tried on the datasource here.
CREATE OR REPLACE FUNCTION onto.usp_import_words(p_ontology_id bigint, p_document jsonb, p_changes jsonb, p_by text, p_now timestamptz)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM onto.glossary_alias AS a
    USING onto.glossary_term AS g, jsonb_to_recordset(p_changes) AS c (part text, target_key text)
    WHERE g.ontology_id = p_ontology_id AND a.glossary_term_id = g.glossary_term_id AND c.part = 'term' AND c.target_key = g.term_key;
    DELETE FROM onto.glossary_term AS g
    USING jsonb_to_recordset(p_changes) AS c (part text, target_key text, action text)
    WHERE g.ontology_id = p_ontology_id AND c.part = 'term' AND c.action = 'remove' AND c.target_key = g.term_key;
    INSERT INTO onto.glossary_term AS k (ontology_id, term_key, term, definition, sql_pattern, base_table, columns_used, filters,
        aggregation, source, created_by, created_at, updated_by, updated_at)
    SELECT p_ontology_id, c.target_key, c.after ->> 'term', c.after ->> 'definition', c.after ->> 'sql_pattern', c.after ->> 'base_table',
        c.after -> 'columns_used', c.after -> 'filters', c.after ->> 'aggregation', c.after ->> 'source', coalesce(g.value ->> 'by', p_by), p_now,
        coalesce(g.value ->> 'by', p_by), p_now
    FROM jsonb_to_recordset(p_changes) AS c (part text, target_key text, action text, after jsonb)
    JOIN jsonb_array_elements(p_document -> 'glossary') AS g (value) ON onto.fn_term_key(g.value ->> 'term') = c.target_key
    WHERE c.part = 'term' AND c.action IN ('add', 'change')
    ORDER BY c.target_key
    ON CONFLICT (ontology_id, term_key) DO UPDATE
        SET term = EXCLUDED.term, definition = EXCLUDED.definition, sql_pattern = EXCLUDED.sql_pattern, base_table = EXCLUDED.base_table,
            columns_used = EXCLUDED.columns_used, filters = EXCLUDED.filters, aggregation = EXCLUDED.aggregation,
            source = EXCLUDED.source, updated_by = EXCLUDED.updated_by, updated_at = EXCLUDED.updated_at,
            sql_is_valid = CASE WHEN k.sql_pattern = EXCLUDED.sql_pattern THEN k.sql_is_valid END,
            sql_error = CASE WHEN k.sql_pattern = EXCLUDED.sql_pattern THEN k.sql_error END;
    INSERT INTO onto.glossary_alias (glossary_term_id, alias)
    SELECT g.glossary_term_id, a.value
    FROM jsonb_to_recordset(p_changes) AS c (part text, target_key text, action text, after jsonb)
    JOIN onto.glossary_term AS g ON g.ontology_id = p_ontology_id AND g.term_key = c.target_key
    CROSS JOIN LATERAL jsonb_array_elements_text(c.after -> 'aliases') AS a (value)
    WHERE c.part = 'term' AND c.action IN ('add', 'change')
    ORDER BY g.glossary_term_id, a.value COLLATE "C";

    DELETE FROM onto.knowledge AS k
    USING jsonb_to_recordset(p_changes) AS c (part text, target_key text, action text, before text)
    WHERE k.ontology_id = p_ontology_id AND c.part = 'fact' AND c.action = 'remove' AND c.target_key = k.about AND c.before = k.fact;
    INSERT INTO onto.knowledge (ontology_id, about, fact, created_by, created_at)
    SELECT p_ontology_id, c.target_key, c.after, coalesce(min(k.value ->> 'by'), p_by), p_now
    FROM jsonb_to_recordset(p_changes) AS c (part text, target_key text, action text, after text)
    JOIN jsonb_array_elements(p_document -> 'knowledge') AS k (value)
        ON coalesce(k.value ->> 'about', '') = c.target_key AND k.value ->> 'fact' = c.after
    WHERE c.part = 'fact' AND c.action = 'add'
    GROUP BY c.target_key, c.after
    ORDER BY c.target_key, c.after;

    IF onto.usp_log_changes(p_ontology_id, (
            SELECT jsonb_agg(jsonb_build_object('target_kind', c.target_kind, 'target_key', c.target_key, 'field', c.field,
                'before', c.before, 'after', c.after))
            FROM jsonb_to_recordset(p_changes) AS c (part text, target_kind text, target_key text, field text, before jsonb, after jsonb)
            WHERE c.part IN ('term', 'fact')), 'import', NULL, NULL, p_now, p_by) > 0 THEN
        UPDATE onto.ontology AS o SET version = o.version + 1, updated_at = p_now WHERE o.ontology_id = p_ontology_id;
    END IF;
END
$$;
