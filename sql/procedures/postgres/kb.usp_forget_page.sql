-- Purpose:     erase a page: all its versions, chunks, jobs, runs and answers, and everything that rests on it alone.
-- Parameters:  p_source_system, p_external_id; p_dry_run counts and erases nothing; p_now UTC, default the server's clock.
-- Returns:     pages (versions), chunks, assertions, entities (rows erased because nothing else speaks of them), jobs, runs,
--              artifacts (json array of lake URIs that the caller deletes).
-- Errors:      NOT_FOUND; INVALID_STATE while a job of the page runs.
-- Idempotency: a page that is gone is NOT_FOUND. Routing waits.
CREATE OR REPLACE FUNCTION kb.usp_forget_page(
    p_source_system text, p_external_id text, p_dry_run boolean DEFAULT false, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (pages integer, chunks integer, assertions integer, entities integer, jobs integer, runs integer, artifacts jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now        timestamptz := coalesce(p_now, clock_timestamp());
    v_pages      bigint[];
    v_assertions bigint[];
    v_jobs       bigint[];
    v_runs       uuid[];
    v_entities   bigint[];
    v_quoting    uuid[];
BEGIN
    PERFORM pg_advisory_xact_lock(7365526003);
    v_pages := ARRAY (SELECT s.source_page_id FROM ingest.source_page AS s
                      WHERE s.source_system = p_source_system AND s.external_id = p_external_id
                      ORDER BY s.version FOR UPDATE);
    IF cardinality(v_pages) = 0 THEN
        RAISE EXCEPTION 'NOT_FOUND: no page % of %', p_external_id, p_source_system USING ERRCODE = 'SR012',
            HINT = 'sproute page ls lists the pages.';
    END IF;
    v_jobs := ARRAY (SELECT j.job_id FROM llm.job AS j WHERE j.source_page_id = ANY (v_pages) ORDER BY j.job_id FOR UPDATE);
    IF EXISTS (SELECT 1 FROM llm.job AS j WHERE j.job_id = ANY (v_jobs) AND j.status = 'RUNNING') THEN
        RAISE EXCEPTION 'INVALID_STATE: a job of the page is running' USING ERRCODE = 'SR010',
            HINT = 'Cancel it, or wait until it has ended; nothing was erased.';
    END IF;
    v_jobs := v_jobs || ARRAY (SELECT j.job_id FROM llm.job_archive AS j WHERE j.source_page_id = ANY (v_pages));
    v_assertions := ARRAY (SELECT a.assertion_id FROM kb.assertion AS a WHERE a.source_page_id = ANY (v_pages));
    v_runs := ARRAY (
        SELECT r.run_id FROM llm.run AS r WHERE r.job_id = ANY (v_jobs)
        UNION
        SELECT a.run_id FROM kb.assertion AS a WHERE a.assertion_id = ANY (v_assertions) AND a.run_id IS NOT NULL AND a.subject_key = '');
    -- What was asked about its entities, with evidence from many pages, quotes it in the lake.
    v_quoting := ARRAY (
        SELECT r.run_id
        FROM llm.job AS j
        JOIN llm.job_type AS t ON t.job_type = j.job_type AND t.handler IN ('enrichment', 'dedupe')
        CROSS JOIN LATERAL (
            SELECT j.run_id WHERE j.run_id IS NOT NULL
            UNION
            SELECT o.run_id FROM llm.run AS o WHERE o.job_id = j.job_id AND o.status <> 'SUCCEEDED') AS r
        WHERE EXISTS (
            SELECT 1 FROM kb.resolution AS m
            CROSS JOIN LATERAL kb.fn_merge_group(kb.fn_master_entity(m.entity_id)) AS g
            WHERE m.assertion_id = ANY (v_assertions)
              AND g.entity_id::text IN (j.input ->> 'entity_id', j.input ->> 'first_entity_id', j.input ->> 'second_entity_id')));
    -- Nothing but this page speaks of these.
    v_entities := ARRAY (
        SELECT DISTINCT r.entity_id FROM kb.resolution AS r
        JOIN kb.dim_entity AS e ON e.entity_id = r.entity_id
        WHERE r.assertion_id = ANY (v_assertions)
          -- Mentions without a type only follow what others say the type is.
          AND NOT EXISTS (SELECT 1 FROM kb.resolution AS o WHERE o.entity_id = r.entity_id AND o.superseded_at IS NULL
                          AND o.assertion_id <> ALL (v_assertions) AND (o.type_family <> 'unknown' OR e.type_family = 'unknown'))
          AND NOT EXISTS (SELECT 1 FROM kb.identity_decision AS d WHERE r.entity_id IN (d.entity_id, d.other_entity_id))
          AND NOT EXISTS (SELECT 1 FROM kb.dim_entity AS m WHERE m.merged_into_entity_id = r.entity_id));

    pages := cardinality(v_pages);
    chunks := (SELECT count(*) FROM ingest.chunk AS c WHERE c.source_page_id = ANY (v_pages));
    assertions := cardinality(v_assertions);
    entities := cardinality(v_entities);
    jobs := cardinality(v_jobs);
    runs := cardinality(v_runs);
    artifacts := (SELECT coalesce(jsonb_agg(f.lake_uri ORDER BY f.lake_uri), '[]') FROM llm.artifact AS f
                  WHERE f.run_id = ANY (v_runs || v_quoting));
    IF p_dry_run THEN
        RETURN NEXT;
        RETURN;
    END IF;

    PERFORM kb.usp_retract_assertions(v_assertions, v_now);
    DELETE FROM kb.assertion_link AS l WHERE l.assertion_id = ANY (v_assertions);
    DELETE FROM kb.resolution AS r WHERE r.assertion_id = ANY (v_assertions);
    -- Mentions of other pages may have come back to an entity; what was decided about one long ago may not.
    v_entities := ARRAY (
        SELECT i.entity_id FROM unnest(v_entities) AS i (entity_id)
        WHERE NOT EXISTS (SELECT 1 FROM kb.resolution AS r WHERE r.entity_id = i.entity_id AND r.superseded_at IS NULL));
    DELETE FROM kb.resolution AS r WHERE r.entity_id = ANY (v_entities);
    UPDATE kb.identity_decision AS d SET assertion_id = NULL WHERE d.assertion_id = ANY (v_assertions);
    DELETE FROM kb.assertion AS a WHERE a.assertion_id = ANY (v_assertions);
    DELETE FROM kb.page_classification AS c WHERE c.source_page_id = ANY (v_pages);
    DELETE FROM kb.extraction AS x WHERE x.source_page_id = ANY (v_pages);

    -- What was retracted just now and was only ever said here: rows hold names, and names may be a person's.
    DELETE FROM kb.adjudication AS d
    WHERE d.kind = 'entity' AND d.target_id = ANY (v_entities)
       OR d.kind = 'relation' AND d.target_id IN (SELECT b.entity_relation_id FROM kb.bridge_entity_relation AS b
                                                 WHERE b.from_entity_id = ANY (v_entities) OR b.to_entity_id = ANY (v_entities))
       OR d.kind = 'fact' AND d.target_id IN (SELECT f.fact_attribute_id FROM kb.fact_attribute AS f WHERE f.entity_id = ANY (v_entities));
    DELETE FROM kb.bridge_entity_relation AS b
    WHERE b.retracted_at IS NOT NULL AND (b.retracted_at = v_now OR b.from_entity_id = ANY (v_entities) OR b.to_entity_id = ANY (v_entities));
    DELETE FROM kb.fact_attribute AS f WHERE f.retracted_at IS NOT NULL AND (f.retracted_at = v_now OR f.entity_id = ANY (v_entities));
    DELETE FROM kb.entity_alias AS e WHERE e.retracted_at IS NOT NULL AND (e.retracted_at = v_now OR e.entity_id = ANY (v_entities));
    DELETE FROM kb.identity_candidate AS c WHERE c.first_entity_id = ANY (v_entities) OR c.second_entity_id = ANY (v_entities);
    UPDATE kb.dim_event AS d SET location_id = NULL WHERE d.location_id = ANY (v_entities);
    UPDATE kb.dim_location AS d SET parent_location_id = NULL WHERE d.parent_location_id = ANY (v_entities);
    DELETE FROM kb.dim_event AS d WHERE d.event_id = ANY (v_entities);
    DELETE FROM kb.dim_work AS d WHERE d.work_id = ANY (v_entities);
    DELETE FROM kb.dim_location AS d WHERE d.location_id = ANY (v_entities);
    DELETE FROM kb.dim_period AS d WHERE d.period_id = ANY (v_entities);
    DELETE FROM kb.dim_concept AS d WHERE d.concept_id = ANY (v_entities);
    DELETE FROM kb.dim_tag AS d WHERE d.tag_id = ANY (v_entities);
    DELETE FROM kb.name AS n
    WHERE n.name_key IN (SELECT e.name_key FROM kb.dim_entity AS e WHERE e.entity_id = ANY (v_entities))
      AND NOT EXISTS (SELECT 1 FROM kb.dim_entity AS e WHERE e.name_key = n.name_key AND e.entity_id <> ALL (v_entities));
    DELETE FROM kb.dim_entity AS e WHERE e.entity_id = ANY (v_entities);

    DELETE FROM llm.response_cache AS c
    WHERE c.lake_uri IN (SELECT f.lake_uri FROM llm.artifact AS f WHERE f.run_id = ANY (v_runs || v_quoting));
    DELETE FROM llm.call AS c WHERE c.run_id = ANY (v_runs);
    DELETE FROM llm.artifact AS f WHERE f.run_id = ANY (v_runs || v_quoting);
    DELETE FROM llm.run AS r WHERE r.run_id = ANY (v_runs);
    DELETE FROM llm.job AS j WHERE j.job_id = ANY (v_jobs);
    DELETE FROM llm.job_archive AS j WHERE j.job_id = ANY (v_jobs);
    DELETE FROM ingest.chunk AS c WHERE c.source_page_id = ANY (v_pages);
    DELETE FROM kb.identity_split_page AS s WHERE s.source_system = p_source_system AND s.external_id = p_external_id;
    DELETE FROM ingest.source_page AS s WHERE s.source_page_id = ANY (v_pages);
    RETURN NEXT;
END
$$;
