-- Purpose:     whatever a page reached: what erasing it has to look at.
-- Parameters:  p_source_system, p_external_id.
-- Returns:     one row: source_page_ids of all versions (empty: there is no such page); entity_ids that it ever spoke of, with
--              all that was ever one with them; named_ids of what those were said to have to do with by jobs of many pages;
--              job_ids about the page; question_ids of the jobs about entity_ids, which may have been shown the page.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION kb.fn_forget_scope(p_source_system text, p_external_id text)
RETURNS TABLE (source_page_ids bigint[], entity_ids bigint[], named_ids bigint[], job_ids bigint[], question_ids bigint[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    source_page_ids := ARRAY (SELECT s.source_page_id FROM ingest.source_page AS s
                              WHERE s.source_system = p_source_system AND s.external_id = p_external_id ORDER BY s.version);
    entity_ids := ARRAY (
        WITH RECURSIVE related (entity_id) AS (
            SELECT r.entity_id
            FROM kb.assertion AS a
            JOIN kb.resolution AS r ON r.assertion_id = a.assertion_id
            WHERE a.source_page_id = ANY (fn_forget_scope.source_page_ids)
            UNION
            SELECT kb.fn_subject_entity(a.subject_key)
            FROM kb.assertion AS a
            WHERE a.source_page_id = ANY (fn_forget_scope.source_page_ids) AND a.subject_key <> ''
            UNION
            SELECT i.entity_id
            FROM kb.assertion AS a
            JOIN kb.identity_decision AS d ON d.assertion_id = a.assertion_id
            CROSS JOIN LATERAL (VALUES (d.entity_id), (d.other_entity_id)) AS i (entity_id)
            WHERE a.source_page_id = ANY (fn_forget_scope.source_page_ids)
            UNION
            -- A job may name the passages that it is to be shown.
            SELECT e.entity_id
            FROM (SELECT j.input FROM llm.job AS j UNION ALL SELECT j.input FROM llm.job_archive AS j) AS j
            CROSS JOIN LATERAL jsonb_array_elements(CASE jsonb_typeof(j.input -> 'evidence_refs') WHEN 'array' THEN j.input -> 'evidence_refs'
                ELSE '[]' END) AS x (value)
            JOIN kb.dim_entity AS e ON e.entity_id::text = j.input ->> 'entity_id'
            WHERE x.value ->> 'source_page_id' = ANY (fn_forget_scope.source_page_ids::text[])
            UNION
            SELECT d.there
            FROM related AS k
            JOIN (SELECT m.entity_id AS here, m.other_entity_id AS there FROM kb.identity_decision AS m WHERE m.kind = 'merge'
                  UNION ALL
                  SELECT m.other_entity_id, m.entity_id FROM kb.identity_decision AS m WHERE m.kind = 'merge'
                  UNION ALL
                  SELECT e.entity_id, e.merged_into_entity_id FROM kb.dim_entity AS e WHERE e.merged_into_entity_id IS NOT NULL
                  UNION ALL
                  SELECT e.merged_into_entity_id, e.entity_id FROM kb.dim_entity AS e WHERE e.merged_into_entity_id IS NOT NULL
                  UNION ALL
                  SELECT e.entity_id, e.moved_to_entity_id FROM kb.dim_entity AS e WHERE e.moved_to_entity_id IS NOT NULL
                  UNION ALL
                  SELECT e.moved_to_entity_id, e.entity_id FROM kb.dim_entity AS e WHERE e.moved_to_entity_id IS NOT NULL
                 ) AS d ON d.here = k.entity_id
        )
        SELECT k.entity_id FROM related AS k WHERE k.entity_id IS NOT NULL ORDER BY 1);
    named_ids := ARRAY (
        SELECT DISTINCT r.entity_id
        FROM kb.dim_entity AS e
        JOIN kb.assertion AS a ON a.subject_key = e.name_key || E'\x1f' || e.type_family || E'\x1f' || e.disambiguator AND a.subject_key <> ''
        JOIN kb.resolution AS r ON r.assertion_id = a.assertion_id
        WHERE e.entity_id = ANY (fn_forget_scope.entity_ids) AND r.entity_id <> ALL (fn_forget_scope.entity_ids)
        ORDER BY 1);
    job_ids := ARRAY (
        SELECT j.job_id FROM llm.job AS j WHERE j.source_page_id = ANY (fn_forget_scope.source_page_ids)
        UNION ALL
        SELECT j.job_id FROM llm.job_archive AS j WHERE j.source_page_id = ANY (fn_forget_scope.source_page_ids)
        ORDER BY 1);
    question_ids := ARRAY (
        SELECT j.job_id
        FROM (SELECT j.job_id, j.job_type, j.input FROM llm.job AS j WHERE j.source_page_id IS NULL
              UNION ALL
              SELECT j.job_id, j.job_type, j.input FROM llm.job_archive AS j WHERE j.source_page_id IS NULL) AS j
        JOIN llm.job_type AS t ON t.job_type = j.job_type AND t.handler IN ('enrichment', 'dedupe')
        WHERE j.input ->> 'entity_id' = ANY (fn_forget_scope.entity_ids::text[])
           OR j.input ->> 'first_entity_id' = ANY (fn_forget_scope.entity_ids::text[])
           OR j.input ->> 'second_entity_id' = ANY (fn_forget_scope.entity_ids::text[])
        ORDER BY 1);
    RETURN NEXT;
END
$$;
