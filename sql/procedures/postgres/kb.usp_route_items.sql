-- Purpose:     route the items of an answer; what every usp_process_<job_type>_output that brings items calls; internal.
-- Parameters:  p_job_id, p_run_id; p_payload {contract, version, page or subject, prompt_sha256, model, chunks, items};
--              p_now UTC.
-- Returns:     the job's outcome: {status, items, inserted, matched, retracted, quarantined, ungrounded, linked,
--              entities_inserted, relations_inserted, facts_inserted}, or {status: superseded}, or {status: CANCELLED}.
-- Errors:      LEASE_LOST, UNKNOWN_JOB, CONTRACT_MISMATCH, INVALID_PAYLOAD, NOT_FOUND.
-- Idempotency: the same payload again changes no row but kb.extraction; the same call again returns what it stored.
CREATE OR REPLACE FUNCTION kb.usp_route_items(p_job_id bigint, p_run_id uuid, p_payload jsonb, p_now timestamptz)
RETURNS TABLE (status text, outcome jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now     timestamptz := coalesce(p_now, clock_timestamp());
    v_begin   record;
    v_sync    record;
    v_built   record;
    v_outcome jsonb;
    v_spoken  bigint[] := '{}';
BEGIN
    SELECT b.* INTO v_begin FROM kb.usp_begin_routing(p_job_id, p_run_id, p_payload, v_now) AS b;
    IF v_begin.state = 'done' THEN
        RETURN QUERY SELECT CASE v_begin.outcome ->> 'status' WHEN 'CANCELLED' THEN 'CANCELLED' ELSE 'SUCCEEDED' END,
            v_begin.outcome;
        RETURN;
    END IF;

    PERFORM kb.usp_stage_items(p_run_id, p_payload);
    PERFORM kb.usp_refresh_statistics(jsonb_array_length(p_payload -> 'items'));
    SELECT s.* INTO v_sync
    FROM kb.usp_sync_assertions(p_job_id, p_run_id, v_begin.source_page_id, v_begin.subject_key, v_begin.job_type, p_payload,
        v_now) AS s;
    IF v_sync.retracted > 0 AND v_begin.subject_key = '' THEN
        v_spoken := ARRAY (
            SELECT DISTINCT r.entity_id
            FROM kb.stage_change AS c
            JOIN kb.resolution AS r ON r.assertion_id = c.assertion_id AND r.superseded_at IS NULL
            WHERE c.run_id = p_run_id AND c.change = -1);
    END IF;
    SELECT r.* INTO v_built FROM kb.usp_rebuild(p_run_id, v_now) AS r;

    v_outcome := jsonb_build_object(
        'status', 'routed', 'items', jsonb_array_length(p_payload -> 'items'), 'inserted', v_sync.inserted,
        'matched', v_sync.matched, 'retracted', v_sync.retracted, 'quarantined', v_sync.quarantined,
        'ungrounded', v_sync.ungrounded, 'linked', v_built.linked, 'entities_inserted', v_built.entities_inserted,
        'relations_inserted', v_built.relations_inserted, 'facts_inserted', v_built.facts_inserted);
    INSERT INTO kb.extraction (source_page_id, subject_key, subject_group, job_type, job_id, run_id, contract_name, contract_version,
        prompt_sha256, model, counts, routed_at)
    VALUES (v_begin.source_page_id, v_begin.subject_key,
        CASE v_begin.subject_key WHEN '' THEN '[]' ELSE (
            SELECT jsonb_agg(k.subject_key ORDER BY k.subject_key)
            FROM kb.fn_subject_keys(kb.fn_subject_entity(v_begin.subject_key)) AS k) END,
        v_begin.job_type, p_job_id, p_run_id, p_payload ->> 'contract',
        p_payload ->> 'version', p_payload ->> 'prompt_sha256', p_payload ->> 'model', v_outcome, v_now);
    -- A page that was read anew: what jobs of many pages said of those that it speaks of, or spoke of, is asked again.
    IF v_begin.subject_key = '' AND (v_sync.retracted > 0 OR v_sync.inserted > 0 AND EXISTS (
        SELECT 1 FROM ingest.source_page AS s WHERE s.source_page_id = v_begin.source_page_id AND s.version > 1)) THEN
        PERFORM kb.usp_enqueue_page_subjects(v_begin.source_page_id, v_begin.job_type, v_spoken, p_job_id, v_now);
    END IF;

    RETURN QUERY
    SELECT c.status, c.outcome
    FROM llm.usp_complete_job(p_job_id, p_run_id, v_outcome,
        jsonb_build_object('prompt_sha256', p_payload ->> 'prompt_sha256', 'model', p_payload ->> 'model'), v_now) AS c;
END
$$;
