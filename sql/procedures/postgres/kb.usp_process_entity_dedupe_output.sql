-- Purpose:     route the answer of an entity_dedupe job: apply it where it is confident enough, else leave it for a person.
-- Parameters:  p_job_id, p_run_id; p_payload {contract, version, subject: {first_entity_id, second_entity_id}, prompt_sha256,
--              model, decision: {decision, confidence, master_entity_id, relation_type, rationale}}; p_now UTC.
-- Returns:     the job's status and outcome: {status: routed, decision, applied, why, identity_decision_id}, or {status: CANCELLED}.
-- Errors:      LEASE_LOST, UNKNOWN_JOB, CONTRACT_MISMATCH, INVALID_PAYLOAD, UNKNOWN_ENTITY.
-- Idempotency: the same call again returns what it stored. The threshold is auto_promote of kb.governance_policy for
--              entity_dedupe; what a person decided about the pair is left alone.
CREATE OR REPLACE FUNCTION kb.usp_process_entity_dedupe_output(
    p_job_id bigint, p_run_id uuid, p_payload jsonb, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (status text, outcome jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now        timestamptz := coalesce(p_now, clock_timestamp());
    v_begin      record;
    v_answer     jsonb := p_payload -> 'decision';
    v_first      bigint;
    v_second     bigint;
    v_master     bigint;
    v_confidence numeric;
    v_threshold  numeric;
    v_id         bigint;
    v_why        text;
BEGIN
    SELECT b.* INTO v_begin FROM kb.usp_begin_routing(p_job_id, p_run_id, p_payload, v_now) AS b;
    IF v_begin.state = 'done' THEN
        RETURN QUERY SELECT CASE v_begin.outcome ->> 'status' WHEN 'CANCELLED' THEN 'CANCELLED' ELSE 'SUCCEEDED' END, v_begin.outcome;
        RETURN;
    END IF;
    IF v_answer ->> 'decision' IN ('merge', 'relate', 'distinct', 'suppress') IS NOT TRUE
        OR jsonb_typeof(v_answer -> 'confidence') IS DISTINCT FROM 'number' OR (v_answer ->> 'confidence')::numeric NOT BETWEEN 0 AND 1
        -- Of two that are distinct neither is the master.
        OR (v_answer ->> 'master_entity_id' IS NOT NULL OR v_answer ->> 'decision' <> 'distinct')
            AND v_answer ->> 'master_entity_id' IN (p_payload #>> '{subject,first_entity_id}', p_payload #>> '{subject,second_entity_id}') IS NOT TRUE
        OR v_answer ->> 'decision' = 'relate' AND coalesce(btrim(v_answer ->> 'relation_type'), '') = '' THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: decision has no decision, confidence (0..1), master_entity_id of the pair, or relation_type of relate'
            USING ERRCODE = 'SR004';
    END IF;
    PERFORM kb.usp_check_entities(jsonb_build_array(p_payload #> '{subject,first_entity_id}', p_payload #> '{subject,second_entity_id}'), 'audit');
    v_first := (p_payload #>> '{subject,first_entity_id}')::bigint;
    v_second := (p_payload #>> '{subject,second_entity_id}')::bigint;
    v_master := coalesce((v_answer ->> 'master_entity_id')::bigint, v_first);
    v_confidence := round((v_answer ->> 'confidence')::numeric, 4);
    SELECT g.auto_promote INTO v_threshold FROM kb.governance_policy AS g
    WHERE g.job_type IN (v_begin.job_type, '*') AND g.item_kind IN ('entity_dedupe', '*')
    ORDER BY g.job_type = '*', g.item_kind = '*' LIMIT 1;

    v_why := CASE
        WHEN kb.fn_master_entity(v_first) = kb.fn_master_entity(v_second) THEN 'they are one already'
        WHEN EXISTS (SELECT 1 FROM kb.identity_decision AS d WHERE d.decided_as = 'person' AND d.undone_at IS NULL
                     AND d.kind IN ('distinct', 'relate', 'suppress')
                     AND (kb.fn_master_entity(d.entity_id), kb.fn_master_entity(d.other_entity_id)) IN (
                         (kb.fn_master_entity(v_first), kb.fn_master_entity(v_second)),
                         (kb.fn_master_entity(v_second), kb.fn_master_entity(v_first)))) THEN 'a person decided about them'
        WHEN v_threshold IS NULL THEN 'no row of kb.governance_policy says from which confidence on'
        WHEN v_confidence < v_threshold THEN 'it is less confident than ' || v_threshold END;
    IF v_why IS NULL THEN
        SELECT d.identity_decision_id INTO v_id
        FROM kb.usp_decide_identity(v_answer ->> 'decision', CASE WHEN v_master = v_first THEN v_second ELSE v_first END, v_master,
            p_payload ->> 'model', v_answer ->> 'relation_type', v_confidence, 'audit', v_answer ->> 'rationale', p_run_id, v_now) AS d;
    ELSE
        INSERT INTO kb.identity_candidate AS k (first_entity_id, second_entity_id, score, strength, reasons, status, proposal, job_id, found_at, updated_at)
        VALUES (least(v_first, v_second), greatest(v_first, v_second), v_confidence, 'asked', '[]', 'review', v_answer, p_job_id, v_now, v_now)
        ON CONFLICT (first_entity_id, second_entity_id) DO UPDATE
        SET proposal = EXCLUDED.proposal, job_id = EXCLUDED.job_id, updated_at = v_now,
            status = CASE k.status WHEN 'decided' THEN k.status ELSE 'review' END;
        PERFORM kb.usp_close_candidates(v_now);
    END IF;

    RETURN QUERY
    SELECT c.status, c.outcome
    FROM llm.usp_complete_job(p_job_id, p_run_id, jsonb_build_object('status', 'routed', 'decision', v_answer ->> 'decision',
            'applied', v_why IS NULL, 'why', v_why, 'identity_decision_id', v_id),
        jsonb_build_object('prompt_sha256', p_payload ->> 'prompt_sha256', 'model', p_payload ->> 'model'), v_now) AS c;
END
$$;
