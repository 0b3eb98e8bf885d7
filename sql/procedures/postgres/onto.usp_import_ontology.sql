-- Purpose:     bring what people said of a database (edits, terms, facts) from a document to an ontology.
-- Parameters:  p_datasource; p_document {edits: [{target_kind, target_key, field, source, value, based_on?, by?; of a relationship
--              from_table, from_columns, to_table, to_columns}], glossary: [{term, definition, sql_pattern?, base_table?,
--              columns_used?, filters?, aggregation?, aliases?, source, by?}], knowledge: [{about?, fact, by?}]}; p_prefer document
--              or database: what counts where both say something; null: such conflicts are listed and nothing is changed; p_prune
--              removes what the document does not have; p_dry_run changes nothing; p_by who imports, default the login; p_now UTC.
-- Returns:     rows of onto.fn_import_changes: what was done, or would be.
-- Errors:      NOT_FOUND for an unknown datasource (or, in a dry run, none), INVALID_PAYLOAD, INVALID_STATE for a name of a
--              term that would mean two things.
-- Idempotency: the same document again changes nothing. All of it is one transaction.
CREATE OR REPLACE FUNCTION onto.usp_import_ontology(
    p_datasource text, p_document jsonb, p_prefer text DEFAULT NULL, p_prune boolean DEFAULT false, p_dry_run boolean DEFAULT false,
    p_by text DEFAULT NULL, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (
    part text, target_kind text, target_key text, field text, source text, action text, before jsonb, after jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now      timestamptz := coalesce(p_now, clock_timestamp());
    v_by       text := coalesce(nullif(btrim(p_by), ''), session_user);
    v_document jsonb;
    v_ontology bigint;
    v_version  integer;
    v_changes  jsonb;
    v_edits    jsonb;
    v_fault    text;
BEGIN
    v_document := jsonb_build_object('edits', coalesce(p_document -> 'edits', '[]'), 'glossary', coalesce(p_document -> 'glossary', '[]'),
        'knowledge', coalesce(p_document -> 'knowledge', '[]'));
    IF p_prefer IN ('document', 'database') IS FALSE THEN
        v_fault := 'what is preferred is document or database';
    ELSIF EXISTS (SELECT 1 FROM jsonb_each(v_document) AS d (name, list) WHERE jsonb_typeof(d.list) <> 'array') THEN
        v_fault := 'edits, glossary and knowledge are lists';
    ELSE
        v_fault := onto.fn_import_fault(v_document);
    END IF;
    IF v_fault IS NOT NULL THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: %', v_fault USING ERRCODE = 'SR004';
    END IF;
    IF NOT p_dry_run THEN
        PERFORM 1 FROM onto.usp_create_ontology(p_datasource, v_now);
    END IF;
    SELECT o.ontology_id, o.version INTO v_ontology, v_version FROM onto.ontology AS o WHERE o.datasource = p_datasource FOR UPDATE;
    SELECT coalesce(jsonb_agg(to_jsonb(c)), '[]') INTO v_changes
    FROM onto.fn_import_changes(v_ontology, v_document, p_prefer, p_prune) AS c;

    IF NOT p_dry_run AND NOT jsonb_path_exists(v_changes, '$[*] ? (@.action == "conflict")') THEN
        -- Relationships that nobody found here, once each, though a person and an agent accept them.
        INSERT INTO onto.relationship (ontology_id, relationship_key, from_table_id, from_columns, to_table_id, to_columns, status,
            provenance, created_at, updated_at)
        SELECT DISTINCT ON (c.target_key) v_ontology, c.target_key, s.schema_table_id, e.value -> 'from_columns', t.schema_table_id, e.value -> 'to_columns',
            'accepted', 'manual', v_now, v_now
        FROM jsonb_array_elements(v_document -> 'edits') AS e (value)
        JOIN jsonb_to_recordset(v_changes) AS c (part text, target_kind text, target_key text, field text, source text, action text)
            ON c.part = 'edit' AND c.target_kind = 'relationship' AND c.target_key = e.value ->> 'target_key' AND c.field = 'status'
                AND c.source = e.value ->> 'source' AND c.action = 'add'
        JOIN onto.vw_table AS s ON s.ontology_id = v_ontology AND s.table_key = e.value ->> 'from_table'
        JOIN onto.vw_table AS t ON t.ontology_id = v_ontology AND t.table_key = e.value ->> 'to_table'
        WHERE e.value ->> 'target_kind' = 'relationship' AND e.value ->> 'field' = 'status' AND e.value -> 'value' = '"accepted"'
        ORDER BY c.target_key, c.source DESC
        ON CONFLICT (ontology_id, relationship_key) DO UPDATE SET dropped_at = NULL, dropped_because = NULL, updated_at = EXCLUDED.updated_at
            WHERE onto.relationship.dropped_at IS NOT NULL;

        SELECT coalesce(jsonb_agg(CASE c.action WHEN 'remove' THEN jsonb_build_object('target_kind', c.target_kind, 'target_key', c.target_key,
                'field', c.field, 'source', c.source, 'is_removed', true)
            ELSE jsonb_build_object('based_on', NULL) || e.value END), '[]') INTO v_edits
        FROM jsonb_to_recordset(v_changes) AS c (part text, target_kind text, target_key text, field text, source text, action text)
        LEFT JOIN jsonb_array_elements(v_document -> 'edits') AS e (value)
            ON e.value ->> 'target_kind' = c.target_kind AND e.value ->> 'target_key' = c.target_key AND e.value ->> 'field' = c.field
                AND e.value ->> 'source' = c.source
        WHERE c.part = 'edit';
        IF jsonb_array_length(v_edits) > 0 THEN
            PERFORM 1 FROM onto.usp_write_overrides(v_ontology, v_edits, 'import', v_by, v_now);
        END IF;
        -- Once, whatever changed.
        IF onto.usp_import_words(v_ontology, v_document, v_changes, v_by, v_now)
            AND v_version = (SELECT o.version FROM onto.ontology AS o WHERE o.ontology_id = v_ontology) THEN
            PERFORM onto.usp_raise_version(v_ontology, NULL, v_now);
        END IF;
    END IF;
    RETURN QUERY
    SELECT c.part, c.target_kind, c.target_key, c.field, c.source, c.action, nullif(c.before, 'null'), nullif(c.after, 'null')
    FROM jsonb_to_recordset(v_changes) AS c (part text, target_kind text, target_key text, field text, source text, action text,
        before jsonb, after jsonb);
END
$$;
