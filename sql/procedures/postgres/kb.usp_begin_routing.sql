-- Purpose:     first step of every routing procedure: fence, contract, page or subject; internal.
-- Parameters:  p_job_id, p_run_id; p_payload {contract, version, page: {source_page_id}, or subject: {entity_id}, or
--              subject: {first_entity_id, second_entity_id}, ...}; p_now UTC.
-- Returns:     state 'held' (go on) or 'done' (return outcome as it is); outcome; source_page_id, null for a subject;
--              subject_key (the entity's natural key), '' for a page; job_type.
-- Errors:      LEASE_LOST, UNKNOWN_JOB, CONTRACT_MISMATCH, INVALID_PAYLOAD, NOT_FOUND.
-- Idempotency: a call that succeeded before returns its stored outcome.
-- The page's row is locked for the transaction: ingest of a newer version waits, and so does other routing of the page.
CREATE OR REPLACE FUNCTION kb.usp_begin_routing(
    p_job_id bigint, p_run_id uuid, p_payload jsonb, p_now timestamptz,
    OUT state text, OUT outcome jsonb, OUT source_page_id bigint, OUT subject_key text, OUT job_type text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_type       llm.job_type;
    v_job        llm.job;
    v_superseded timestamptz;
    v_entity_id  bigint;
BEGIN
    subject_key := '';
    -- Routing goes on side by side, but not beside kb.usp_rebuild_all, merges and splits; a pair may end in a merge.
    IF jsonb_typeof(p_payload #> '{subject,first_entity_id}') = 'number' THEN
        PERFORM pg_advisory_xact_lock(7365526003);
    ELSE
        PERFORM pg_advisory_xact_lock_shared(7365526003);
    END IF;

    SELECT h.state, h.outcome INTO state, outcome FROM llm.usp_hold_job(p_job_id, p_run_id, 'SUCCEEDED', p_now) AS h;
    IF state <> 'held' THEN
        state := 'done';
        RETURN;
    END IF;

    SELECT * INTO v_job FROM llm.job AS j WHERE j.job_id = p_job_id;
    SELECT * INTO v_type FROM llm.job_type AS t WHERE t.job_type = v_job.job_type;
    job_type := v_job.job_type;
    IF p_payload ->> 'contract' IS DISTINCT FROM v_type.contract_name
        OR split_part(p_payload ->> 'version', '.', 1) IS DISTINCT FROM split_part(v_type.contract_version, '.', 1) THEN
        RAISE EXCEPTION 'CONTRACT_MISMATCH: job type % wants % %, the payload is % %', v_job.job_type,
            v_type.contract_name, v_type.contract_version, p_payload ->> 'contract', p_payload ->> 'version'
            USING ERRCODE = 'SR005', HINT = 'Deploy with sproute db migrate and restart runners of an older version.';
    END IF;

    IF jsonb_typeof(p_payload #> '{subject,first_entity_id}') = 'number' THEN
        IF (v_job.input ->> 'first_entity_id', v_job.input ->> 'second_entity_id')
            IS DISTINCT FROM (p_payload #>> '{subject,first_entity_id}', p_payload #>> '{subject,second_entity_id}') THEN
            RAISE EXCEPTION 'INVALID_PAYLOAD: the payload is about other entities than the job' USING ERRCODE = 'SR004';
        END IF;
    ELSIF p_payload -> 'subject' IS NOT NULL THEN
        IF p_payload #>> '{subject,entity_id}' !~ '^[0-9]{1,18}$' IS NOT FALSE THEN
            RAISE EXCEPTION 'INVALID_PAYLOAD: subject.entity_id is no entity id' USING ERRCODE = 'SR004';
        END IF;
        v_entity_id := (p_payload #>> '{subject,entity_id}')::bigint;
        IF v_job.input ->> 'entity_id' IS DISTINCT FROM v_entity_id::text THEN
            RAISE EXCEPTION 'INVALID_PAYLOAD: the payload is about entity %, the job about entity %', v_entity_id,
                v_job.input ->> 'entity_id' USING ERRCODE = 'SR004';
        END IF;
        SELECT e.name_key || E'\x1f' || e.type_family || E'\x1f' || e.disambiguator INTO subject_key
        FROM kb.dim_entity AS e WHERE e.entity_id = v_entity_id AND e.forgotten_at IS NULL;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'UNKNOWN_ENTITY: %', v_entity_id USING ERRCODE = 'SR009';
        END IF;
        -- Two answers about one entity take turns.
        PERFORM pg_advisory_xact_lock(hashtextextended(subject_key, 7365526003));
        -- What was merged is asked about as what it is now; one that is gone is heard while something said of it still stands.
        SELECT p_now INTO v_superseded
        FROM kb.dim_entity AS e
        WHERE e.entity_id = v_entity_id
          AND (e.merged_into_entity_id IS NOT NULL OR e.retracted_at IS NOT NULL AND NOT EXISTS (
              SELECT 1 FROM kb.assertion AS a
              WHERE a.subject_key = usp_begin_routing.subject_key AND a.subject_key <> '' AND a.retracted_at IS NULL));
        -- Ingest of a newer version of any of the pages waits.
        PERFORM 1 FROM ingest.source_page AS s
        WHERE s.source_page_id IN (
            SELECT (i.value ->> 'source_page_id')::bigint
            FROM jsonb_array_elements(CASE jsonb_typeof(p_payload -> 'items') WHEN 'array' THEN p_payload -> 'items' ELSE '[]' END) AS i (value)
            WHERE i.value ->> 'source_page_id' ~ '^[0-9]{1,18}$')
        ORDER BY s.source_page_id
        FOR SHARE;
    ELSE
        IF p_payload #>> '{page,source_page_id}' !~ '^[0-9]{1,18}$' IS NOT FALSE THEN
            RAISE EXCEPTION 'INVALID_PAYLOAD: page.source_page_id is no page id' USING ERRCODE = 'SR004';
        END IF;
        source_page_id := (p_payload #>> '{page,source_page_id}')::bigint;
        IF v_job.source_page_id IS DISTINCT FROM source_page_id THEN
            RAISE EXCEPTION 'INVALID_PAYLOAD: the payload is about page %, the job about page %', source_page_id,
                v_job.source_page_id USING ERRCODE = 'SR004';
        END IF;
        SELECT s.superseded_at INTO v_superseded FROM ingest.source_page AS s
        WHERE s.source_page_id = usp_begin_routing.source_page_id
        FOR NO KEY UPDATE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'NOT_FOUND: no page has id %', source_page_id USING ERRCODE = 'SR012';
        END IF;
    END IF;
    -- A replay applies the answers of an earlier run: what was routed since is newer.
    IF v_superseded IS NULL AND v_job.input #>> '{replay,run_id}' IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM llm.usp_read_replay_source(p_job_id) AS r WHERE r.is_latest) THEN
        v_superseded := p_now;
    END IF;
    IF v_superseded IS NOT NULL THEN
        SELECT c.outcome INTO outcome
        FROM llm.usp_complete_job(p_job_id, p_run_id, jsonb_build_object('status', 'superseded'),
            jsonb_build_object('prompt_sha256', p_payload ->> 'prompt_sha256', 'model', p_payload ->> 'model'), p_now) AS c;
        state := 'done';
    END IF;
END
$$;
