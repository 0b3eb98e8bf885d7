-- Purpose:     erase a page: all its versions, chunks, jobs, runs and answers, and everything that rests on it alone.
-- Parameters:  p_source_system, p_external_id; p_dry_run counts and erases nothing; p_now UTC, default the server's clock.
-- Returns:     pages (versions), chunks, assertions, entities (that nothing else speaks of), decisions (whose words went, with
--              what they were about or because only the page has them), jobs, runs, artifacts (json array of lake URIs that
--              the caller deletes).
-- Errors:      NOT_FOUND; INVALID_STATE while a job runs that is about the page or may have been shown it.
-- Idempotency: a page that is gone is NOT_FOUND. Routing waits.
-- What a model said of an entity with evidence from many pages, this one among them, is erased too, and asked again without
-- it; what is left is then what would be there had the page never been.
CREATE OR REPLACE FUNCTION kb.usp_forget_page(
    p_source_system text, p_external_id text, p_dry_run boolean DEFAULT false, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (pages integer, chunks integer, assertions integer, entities integer, decisions integer, jobs integer, runs integer,
    artifacts jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now        timestamptz := coalesce(p_now, clock_timestamp());
    v_scope      record;
    v_assertions bigint[];
    v_touched    bigint[];
    v_gone       bigint[];
    v_gone_keys  text[];
    v_names      text[];
    v_text       text;
    v_runs       uuid[];
    v_asked_runs uuid[];
    v_words      record;
    v_jobs       record;
BEGIN
    PERFORM pg_advisory_xact_lock(7365526003);
    SELECT s.* INTO v_scope FROM kb.fn_forget_scope(p_source_system, p_external_id) AS s;
    IF cardinality(v_scope.source_page_ids) = 0 THEN
        RAISE EXCEPTION 'NOT_FOUND: no page % of %', p_external_id, p_source_system USING ERRCODE = 'SR012',
            HINT = 'sproute page ls lists the pages.';
    END IF;
    PERFORM 1 FROM ingest.source_page AS s WHERE s.source_page_id = ANY (v_scope.source_page_ids) ORDER BY s.source_page_id FOR UPDATE;
    v_touched := v_scope.entity_ids || v_scope.named_ids;
    -- Whoever reads evidence of these before is seen running below, whoever wants to read it now waits.
    PERFORM 1 FROM kb.name AS n
    WHERE n.name_key IN (SELECT e.name_key FROM kb.dim_entity AS e WHERE e.entity_id = ANY (v_touched))
    ORDER BY n.name_key
    FOR UPDATE;
    PERFORM 1 FROM llm.job AS j WHERE j.job_id = ANY (v_scope.job_ids || v_scope.question_ids) ORDER BY j.job_id FOR UPDATE;
    IF EXISTS (SELECT 1 FROM llm.job AS j WHERE j.job_id = ANY (v_scope.job_ids || v_scope.question_ids) AND j.status = 'RUNNING') THEN
        RAISE EXCEPTION 'INVALID_STATE: a job is running that is about the page, or may have been shown it' USING ERRCODE = 'SR010',
            HINT = 'Cancel it, or wait until it has ended; nothing was erased.';
    END IF;

    -- A dry run does all of it and takes it back: the figures are those of the erasing.
    BEGIN
        v_assertions := ARRAY (
            SELECT a.assertion_id FROM kb.assertion AS a WHERE a.source_page_id = ANY (v_scope.source_page_ids)
            UNION
            SELECT a.assertion_id
            FROM kb.dim_entity AS e
            JOIN kb.assertion AS a ON a.subject_key = e.name_key || E'\x1f' || e.type_family || E'\x1f' || e.disambiguator AND a.subject_key <> ''
            WHERE e.entity_id = ANY (v_scope.entity_ids));
        v_runs := ARRAY (
            SELECT a.run_id FROM kb.assertion AS a
            WHERE a.source_page_id = ANY (v_scope.source_page_ids) AND a.subject_key = '' AND a.run_id IS NOT NULL
            UNION
            SELECT x.run_id FROM kb.extraction AS x WHERE x.source_page_id = ANY (v_scope.source_page_ids));
        v_asked_runs := ARRAY (
            SELECT a.run_id FROM kb.assertion AS a WHERE a.assertion_id = ANY (v_assertions) AND a.run_id IS NOT NULL AND a.subject_key <> ''
            UNION
            SELECT x.run_id
            FROM kb.dim_entity AS e
            JOIN kb.extraction AS x ON x.subject_key = e.name_key || E'\x1f' || e.type_family || E'\x1f' || e.disambiguator AND x.subject_key <> ''
            WHERE e.entity_id = ANY (v_scope.entity_ids));
        v_names := ARRAY (SELECT DISTINCT r.name_key FROM kb.resolution AS r WHERE r.assertion_id = ANY (v_assertions));
        v_text := (
            SELECT lower(string_agg(t.text, ' '))
            FROM (SELECT concat_ws(' ', s.title, s.external_id, s.content, z.content) AS text
                  FROM ingest.source_page AS s
                  LEFT JOIN ingest.page_archive AS z ON z.source_page_id = s.source_page_id
                  WHERE s.source_page_id = ANY (v_scope.source_page_ids)
                  UNION ALL
                  SELECT x.value #>> '{}'
                  FROM (SELECT s.metadata AS doc FROM ingest.source_page AS s WHERE s.source_page_id = ANY (v_scope.source_page_ids)
                        UNION ALL
                        SELECT a.payload FROM kb.assertion AS a
                        WHERE a.source_page_id = ANY (v_scope.source_page_ids) AND a.subject_key = '') AS d
                  CROSS JOIN LATERAL jsonb_path_query(d.doc, 'strict $.** ? (@.type() == "string")') AS x (value)) AS t);
        pages := cardinality(v_scope.source_page_ids);
        assertions := cardinality(v_assertions);

        PERFORM kb.usp_erase_assertions(v_assertions, v_now);
        DELETE FROM kb.page_classification AS c WHERE c.source_page_id = ANY (v_scope.source_page_ids);
        DELETE FROM kb.extraction AS x WHERE x.source_page_id = ANY (v_scope.source_page_ids);
        DELETE FROM kb.identity_split_page AS s WHERE s.source_system = p_source_system AND s.external_id = p_external_id;

        v_gone := kb.fn_unspoken_entities(v_touched);
        entities := cardinality(v_gone);
        v_gone_keys := ARRAY (SELECT e.name_key || E'\x1f' || e.type_family || E'\x1f' || e.disambiguator
                              FROM kb.dim_entity AS e WHERE e.entity_id = ANY (v_gone));
        v_names := v_names || ARRAY (SELECT e.name_key FROM kb.dim_entity AS e WHERE e.entity_id = ANY (v_gone));
        decisions := kb.usp_forget_entities(v_gone, v_now);
        SELECT f.decisions, f.entity_ids INTO v_words FROM kb.usp_forget_words(v_scope.source_page_ids, v_text, v_touched, v_now) AS f;
        v_touched := v_touched || v_words.entity_ids;
        PERFORM kb.usp_forget_rows(v_touched);
        decisions := decisions + v_words.decisions + kb.usp_forget_audit(v_touched, v_now);
        SELECT f.jobs, f.runs, f.artifacts INTO v_jobs
        FROM kb.usp_forget_jobs(v_scope.job_ids, v_runs, v_scope.question_ids, v_asked_runs, v_gone) AS f;
        jobs := v_jobs.jobs;
        runs := v_jobs.runs;
        artifacts := v_jobs.artifacts;
        DELETE FROM kb.extraction AS x WHERE x.subject_key = ANY (v_gone_keys) AND x.subject_key <> '';
        UPDATE kb.extraction AS x
        SET subject_group = (SELECT coalesce(jsonb_agg(k.value ORDER BY k.value), '[]') FROM jsonb_array_elements_text(x.subject_group) AS k (value)
                             WHERE k.value <> ALL (v_gone_keys))
        WHERE x.subject_key <> '' AND jsonb_exists_any(x.subject_group, v_gone_keys);
        DELETE FROM kb.name AS n
        WHERE n.name_key = ANY (v_names) AND NOT EXISTS (SELECT 1 FROM kb.dim_entity AS e WHERE e.name_key = n.name_key);
        DELETE FROM ingest.chunk AS c WHERE c.source_page_id = ANY (v_scope.source_page_ids);
        GET DIAGNOSTICS chunks = ROW_COUNT;
        DELETE FROM ingest.source_page AS s WHERE s.source_page_id = ANY (v_scope.source_page_ids);
        IF p_dry_run THEN
            RAISE EXCEPTION 'taken back' USING ERRCODE = 'SR000';
        END IF;
        PERFORM kb.usp_enqueue_subjects(v_scope.entity_ids, 'forget:' || v_scope.source_page_ids[1], v_now);
        PERFORM kb.usp_forget_statistics();
    EXCEPTION WHEN SQLSTATE 'SR000' THEN
        NULL;
    END;
    RETURN NEXT;
END
$$;
