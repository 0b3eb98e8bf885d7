-- Purpose:     why what people said cannot be imported, in a sentence; internal. The caller has held it against the contract
--              ontology_document.
-- Parameters:  p_document {edits, glossary, knowledge} as onto.usp_import_ontology takes it.
-- Returns:     the first fault; null if there is none.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR REPLACE FUNCTION onto.fn_import_fault(p_document jsonb)
RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT f.fault
    FROM (
        SELECT 1 AS part, e.place, 'edit ' || e.place || ' (' || concat_ws(' ', e.value ->> 'target_kind', e.value ->> 'target_key', e.value ->> 'field') || '): '
            || coalesce(onto.fn_override_fault(e.value ->> 'target_kind', e.value ->> 'field', e.value -> 'value'),
                CASE WHEN e.value ->> 'source' IN ('human', 'agent') IS NOT TRUE THEN 'the source is human or agent' END,
                CASE WHEN coalesce(e.value ->> 'target_key', '') = '' THEN 'it says not what it is about' END,
                CASE WHEN e.copies > 1 THEN 'it is there twice' END) AS fault
        FROM (
            SELECT k.value, k.place, count(*) OVER (PARTITION BY k.value ->> 'target_kind', k.value ->> 'target_key', k.value ->> 'field',
                k.value ->> 'source') AS copies
            FROM jsonb_array_elements(p_document -> 'edits') WITH ORDINALITY AS k (value, place)
        ) AS e
        UNION ALL
        SELECT 2, g.place, 'term ' || g.place || ' (' || coalesce(g.value ->> 'term', '') || '): '
            || coalesce(CASE WHEN coalesce(onto.fn_term_key(g.value ->> 'term'), '') = '' THEN 'it has no name' END,
                CASE WHEN coalesce(g.value ->> 'definition', '') = '' THEN 'it has no definition' END,
                onto.fn_term_fault(g.value ->> 'term', g.value - 'source' - 'by'),
                CASE WHEN g.value ->> 'source' IN ('user', 'llm_suggested', 'learned') IS NOT TRUE THEN 'the source is user, llm_suggested or learned' END,
                CASE WHEN g.copies > 1 THEN 'it is there twice' END)
        FROM (
            SELECT k.value, k.place, count(*) OVER (PARTITION BY onto.fn_term_key(k.value ->> 'term')) AS copies
            FROM jsonb_array_elements(p_document -> 'glossary') WITH ORDINALITY AS k (value, place)
        ) AS g
        UNION ALL
        SELECT 3, k.place, 'fact ' || k.place || ' has not 1 to 2000 characters'
        FROM jsonb_array_elements(p_document -> 'knowledge') WITH ORDINALITY AS k (value, place)
        WHERE length(btrim(coalesce(k.value ->> 'fact', ''))) NOT BETWEEN 1 AND 2000
    ) AS f
    WHERE f.fault IS NOT NULL
    ORDER BY f.part, f.place
    LIMIT 1;
$$;
