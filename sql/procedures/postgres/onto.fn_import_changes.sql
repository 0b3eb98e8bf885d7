-- Purpose:     how what people said of an ontology differs from a document of it, and what an import makes of that; internal.
-- Parameters:  p_ontology_id, null for one that is not there yet; p_document, p_prefer, p_prune as in onto.usp_import_ontology.
-- Returns:     part (edit, term, fact), target_kind, target_key (of a term its key, of a fact what it is about), field, source,
--              action (add, change, remove, conflict; wait: an edit of what is not there (yet), which is kept until it is), before,
--              after. What is the same is not listed.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION onto.fn_import_changes(p_ontology_id bigint, p_document jsonb, p_prefer text, p_prune boolean)
RETURNS TABLE (
    part text, target_kind text, target_key text, field text, source text, action text, before jsonb, after jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
    WITH given_edit AS (
        SELECT e.value ->> 'target_kind' AS target_kind, e.value ->> 'target_key' AS target_key, e.value ->> 'field' AS field,
            e.value ->> 'source' AS source, e.value -> 'value' AS value, nullif(e.value -> 'based_on', 'null') AS based_on,
            e.value AS edit
        FROM jsonb_array_elements(p_document -> 'edits') AS e (value)
    ), known_edit AS (
        SELECT v.* FROM onto.override AS v WHERE v.ontology_id = p_ontology_id
    ), known_column AS (
        SELECT c.table_key, c.column_key FROM onto.vw_column AS c WHERE c.ontology_id = p_ontology_id
    ), edit AS (
        SELECT coalesce(g.target_kind, v.target_kind) AS target_kind, coalesce(g.target_key, v.target_key) AS target_key,
            coalesce(g.field, v.field) AS field, coalesce(g.source, v.source) AS source, v.value AS before, g.value AS after,
            CASE
                WHEN g.field IS NULL THEN CASE WHEN p_prune THEN 'remove' END
                WHEN v.field IS NULL AND i.field IS NOT NULL THEN 'add'
                -- A relationship that nobody found here is made, if its columns are there.
                WHEN v.field IS NULL AND g.target_kind = 'relationship' AND g.field = 'status' AND g.value = '"accepted"'
                    AND jsonb_typeof(g.edit -> 'from_columns') = 'array' AND jsonb_typeof(g.edit -> 'to_columns') = 'array' AND NOT EXISTS (
                        SELECT 1
                        FROM (
                            SELECT g.edit ->> 'from_table' AS table_key, f.value AS column_key
                            FROM jsonb_array_elements_text(g.edit -> 'from_columns') AS f (value)
                            UNION ALL
                            SELECT g.edit ->> 'to_table', t.value FROM jsonb_array_elements_text(g.edit -> 'to_columns') AS t (value)
                        ) AS n
                        WHERE NOT EXISTS (SELECT 1 FROM known_column AS c
                                          WHERE c.table_key = n.table_key AND c.column_key = n.column_key COLLATE "C")) THEN 'add'
                WHEN v.field IS NULL THEN 'wait'
                WHEN v.value = g.value THEN CASE WHEN p_prefer = 'document' AND v.based_on IS DISTINCT FROM g.based_on THEN 'change' END
                WHEN p_prefer = 'document' THEN 'change'
                WHEN p_prefer IS NULL THEN 'conflict'
            END AS action
        FROM given_edit AS g
        FULL JOIN known_edit AS v
            ON v.target_kind = g.target_kind AND v.target_key = g.target_key AND v.field = g.field AND v.source = g.source
        LEFT JOIN onto.vw_inferred_value AS i
            ON i.ontology_id = p_ontology_id AND i.target_kind = g.target_kind AND i.target_key = g.target_key AND i.field = g.field
    ), given_term AS (
        SELECT onto.fn_term_key(g.value ->> 'term') AS term_key, jsonb_build_object('term', onto.fn_term_name(g.value ->> 'term'), 'definition', g.value -> 'definition',
            'sql_pattern', coalesce(g.value -> 'sql_pattern', 'null'), 'base_table', coalesce(g.value -> 'base_table', 'null'),
            'columns_used', coalesce(nullif(g.value -> 'columns_used', 'null'), '[]'),
            'filters', coalesce(nullif(g.value -> 'filters', 'null'), '[]'),
            'aggregation', coalesce(g.value -> 'aggregation', 'null'), 'source', g.value -> 'source',
            'aliases', onto.fn_term_aliases(onto.fn_term_key(g.value ->> 'term'), g.value -> 'aliases')) AS doc
        FROM jsonb_array_elements(p_document -> 'glossary') AS g (value)
    ), known_term AS (
        SELECT g.term_key, jsonb_build_object('term', g.term, 'definition', g.definition, 'sql_pattern', g.sql_pattern, 'base_table', g.base_table,
            'columns_used', g.columns_used, 'filters', g.filters, 'aggregation', g.aggregation, 'source', g.source,
            'aliases', onto.fn_term_aliases(g.term_key, g.aliases)) AS doc
        FROM onto.vw_glossary AS g
        WHERE g.ontology_id = p_ontology_id
    ), term AS (
        SELECT coalesce(g.term_key, k.term_key) AS term_key, k.doc AS before, g.doc AS after,
            CASE
                WHEN g.term_key IS NULL THEN CASE WHEN p_prune THEN 'remove' END
                WHEN k.term_key IS NULL THEN 'add'
                WHEN k.doc = g.doc THEN NULL
                -- What a person wrote is not lost to another text; a suggestion is.
                WHEN p_prefer = 'document' OR k.doc ->> 'source' <> 'user' THEN 'change'
                WHEN p_prefer IS NULL THEN 'conflict'
            END AS action
        FROM given_term AS g
        FULL JOIN known_term AS k ON k.term_key = g.term_key COLLATE "C"
    ), given_fact AS (
        SELECT DISTINCT coalesce(k.value ->> 'about', '') AS about, btrim(k.value ->> 'fact') AS fact
        FROM jsonb_array_elements(p_document -> 'knowledge') AS k (value)
    ), known_fact AS (
        SELECT DISTINCT k.about, k.fact FROM onto.knowledge AS k WHERE k.ontology_id = p_ontology_id
    ), fact AS (
        SELECT coalesce(g.about, k.about) AS about, k.fact AS before, g.fact AS after,
            CASE WHEN k.fact IS NULL THEN 'add' WHEN g.fact IS NULL AND p_prune THEN 'remove' END AS action
        FROM given_fact AS g
        FULL JOIN known_fact AS k ON k.about = g.about COLLATE "C" AND k.fact = g.fact
    )
    SELECT 'edit', e.target_kind, e.target_key, e.field, e.source, e.action, e.before, e.after FROM edit AS e WHERE e.action IS NOT NULL
    UNION ALL
    SELECT 'term', 'term', t.term_key, 'term', coalesce(t.after ->> 'source', t.before ->> 'source'), t.action, t.before, t.after
    FROM term AS t WHERE t.action IS NOT NULL
    UNION ALL
    SELECT 'fact', 'knowledge', f.about, 'fact', NULL, f.action, to_jsonb(f.before), to_jsonb(f.after) FROM fact AS f WHERE f.action IS NOT NULL
    ORDER BY 1, 2, 3, 4, 5, 6, 7, 8;
$$;
