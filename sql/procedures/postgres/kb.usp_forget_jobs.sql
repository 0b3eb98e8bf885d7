-- Purpose:     erase jobs, runs and answers; internal.
-- Parameters:  p_job_ids about a page that goes; p_run_ids besides, whose jobs may be gone already; p_question_ids of jobs about
--              entities that may have been shown it; p_asked_run_ids besides; p_entity_ids that go: jobs about them go too.
-- Returns:     jobs and runs that went, artifacts (json array of lake URIs) of all of these runs. Of the other questions the rows
--              stay, without what was said and under what their entities are called now.
-- Errors:      none.
-- Idempotency: yes. Nobody routes meanwhile: the caller holds the lock.
CREATE OR REPLACE FUNCTION kb.usp_forget_jobs(
    p_job_ids bigint[], p_run_ids uuid[], p_question_ids bigint[], p_asked_run_ids uuid[], p_entity_ids bigint[])
RETURNS TABLE (jobs integer, runs integer, artifacts jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_ids  text[] := p_entity_ids::text[];
    v_jobs bigint[];
    v_runs uuid[];
    v_said uuid[];
BEGIN
    v_jobs := p_job_ids || ARRAY (
        SELECT j.job_id
        FROM (SELECT j.job_id, j.job_type, j.input FROM llm.job AS j UNION ALL SELECT j.job_id, j.job_type, j.input FROM llm.job_archive AS j) AS j
        JOIN llm.job_type AS t ON t.job_type = j.job_type AND t.handler IN ('enrichment', 'dedupe')
        WHERE j.job_id <> ALL (p_job_ids)
          AND (j.input ->> 'entity_id' = ANY (v_ids) OR j.input ->> 'first_entity_id' = ANY (v_ids) OR j.input ->> 'second_entity_id' = ANY (v_ids)));
    v_runs := ARRAY (
        SELECT i.run_id FROM unnest(p_run_ids) AS i (run_id)
        UNION
        SELECT r.run_id FROM llm.run AS r WHERE r.job_id = ANY (v_jobs)
        UNION
        SELECT j.run_id FROM llm.job AS j WHERE j.job_id = ANY (v_jobs) AND j.run_id IS NOT NULL
        UNION
        SELECT j.run_id FROM llm.job_archive AS j WHERE j.job_id = ANY (v_jobs) AND j.run_id IS NOT NULL);
    v_said := v_runs || p_asked_run_ids || ARRAY (
        SELECT r.run_id FROM llm.run AS r WHERE r.job_id = ANY (p_question_ids)
        UNION
        SELECT j.run_id FROM llm.job AS j WHERE j.job_id = ANY (p_question_ids) AND j.run_id IS NOT NULL
        UNION
        SELECT j.run_id FROM llm.job_archive AS j WHERE j.job_id = ANY (p_question_ids) AND j.run_id IS NOT NULL);
    jobs := cardinality(v_jobs);
    artifacts := (SELECT coalesce(jsonb_agg(DISTINCT f.lake_uri), '[]') FROM llm.artifact AS f WHERE f.run_id = ANY (v_said));

    -- Of a run that was killed the artifacts are not recorded.
    DELETE FROM llm.response_cache AS c
    WHERE c.lake_uri IN (SELECT f.lake_uri FROM llm.artifact AS f WHERE f.run_id = ANY (v_said))
       OR substring(c.lake_uri FROM '/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/calls/') = ANY (v_said::text[]);
    DELETE FROM llm.artifact AS f WHERE f.run_id = ANY (v_said);
    DELETE FROM llm.call AS c WHERE c.run_id = ANY (v_runs);
    DELETE FROM llm.run AS r WHERE r.run_id = ANY (v_runs);
    GET DIAGNOSTICS runs = ROW_COUNT;
    UPDATE llm.run AS r SET error = NULL WHERE r.run_id = ANY (v_said) AND r.error IS NOT NULL;
    UPDATE kb.identity_decision AS d SET run_id = NULL WHERE d.run_id = ANY (v_runs);
    DELETE FROM llm.job_event AS e WHERE e.job_id = ANY (v_jobs);
    DELETE FROM llm.job AS j WHERE j.job_id = ANY (v_jobs);
    DELETE FROM llm.job_archive AS j WHERE j.job_id = ANY (v_jobs);
    UPDATE llm.job AS j SET subject = kb.fn_question_subject(j.input), last_error = NULL WHERE j.job_id = ANY (p_question_ids);
    UPDATE llm.job_archive AS j SET subject = kb.fn_question_subject(j.input), last_error = NULL WHERE j.job_id = ANY (p_question_ids);
    RETURN NEXT;
END
$$;
