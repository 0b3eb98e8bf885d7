-- Purpose:     write the terms and facts of a document that are news; internal, a step of onto.usp_import_ontology.
-- Parameters:  p_ontology_id; p_document; p_changes rows of onto.fn_import_changes; p_by who imports; p_now UTC.
-- Returns:     whether anything changed.
-- Errors:      INVALID_STATE for names that would mean two things.
-- Idempotency: the same again changes nothing. Statements of terms are not tried on the datasource here.
CREATE OR REPLACE FUNCTION onto.usp_import_words(p_ontology_id bigint, p_document jsonb, p_changes jsonb, p_by text, p_now timestamptz)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_clash text;
BEGIN
    DELETE FROM onto.glossary_alias AS a
    USING onto.glossary_term AS g, jsonb_to_recordset(p_changes) AS c (part text, target_key text, action text)
    WHERE g.ontology_id = p_ontology_id AND a.glossary_term_id = g.glossary_term_id AND c.part = 'term' AND c.action = 'remove'
      AND c.target_key = g.term_key;
    DELETE FROM onto.glossary_term AS g
    USING jsonb_to_recordset(p_changes) AS c (part text, target_key text, action text)
    WHERE g.ontology_id = p_ontology_id AND c.part = 'term' AND c.action = 'remove' AND c.target_key = g.term_key;
    PERFORM onto.usp_store_glossary_term(p_ontology_id, t.target_key, t.after, t.after ->> 'source', t.by, NULL, p_now)
    FROM (
        SELECT c.target_key, c.after, coalesce(g.value ->> 'by', p_by) AS by
        FROM jsonb_to_recordset(p_changes) AS c (part text, target_key text, action text, after jsonb)
        JOIN jsonb_array_elements(p_document -> 'glossary') AS g (value) ON onto.fn_term_key(g.value ->> 'term') = c.target_key
        WHERE c.part = 'term' AND c.action IN ('add', 'change')
        ORDER BY c.target_key
    ) AS t;
    -- A name may go from one term of the document to another.
    v_clash := onto.fn_name_clash(p_ontology_id, (
        SELECT coalesce(jsonb_agg(c.target_key), '[]')
        FROM jsonb_to_recordset(p_changes) AS c (part text, target_key text, action text)
        WHERE c.part = 'term' AND c.action IN ('add', 'change')));
    IF v_clash IS NOT NULL THEN
        RAISE EXCEPTION 'INVALID_STATE: %', v_clash USING ERRCODE = 'SR010', HINT = 'Rename one of them, in the document or here.';
    END IF;

    DELETE FROM onto.knowledge AS k
    USING jsonb_to_recordset(p_changes) AS c (part text, target_key text, action text, before text)
    WHERE k.ontology_id = p_ontology_id AND c.part = 'fact' AND c.action = 'remove' AND c.target_key = k.about AND c.before = k.fact;
    INSERT INTO onto.knowledge (ontology_id, about, fact, created_by, created_at)
    SELECT p_ontology_id, c.target_key, c.after, coalesce(min(k.value ->> 'by'), p_by), p_now
    FROM jsonb_to_recordset(p_changes) AS c (part text, target_key text, action text, after text)
    JOIN jsonb_array_elements(p_document -> 'knowledge') AS k (value)
        ON coalesce(k.value ->> 'about', '') = c.target_key AND btrim(k.value ->> 'fact') = c.after
    WHERE c.part = 'fact' AND c.action = 'add'
    GROUP BY c.target_key, c.after
    ORDER BY c.target_key, c.after;

    -- What was removed is not suggested again.
    RETURN onto.usp_log_changes(p_ontology_id, (
        SELECT jsonb_agg(jsonb_build_object('target_kind', c.target_kind, 'target_key', c.target_key,
            'field', CASE WHEN c.part = 'term' AND c.action = 'remove' THEN 'exists' ELSE c.field END, 'before', c.before, 'after', c.after))
        FROM jsonb_to_recordset(p_changes) AS c (part text, target_kind text, target_key text, field text, action text, before jsonb,
            after jsonb)
        WHERE c.part IN ('term', 'fact')), 'import', NULL, NULL, p_now, p_by) > 0;
END
$$;
