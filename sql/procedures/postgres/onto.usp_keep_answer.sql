-- Purpose:     keep the answer that counts now for an item; internal, a step of routing.
-- Parameters:  p_ontology_id, p_job_type, p_subject_key as onto.usp_begin_routing returned them; p_payload {contract, version,
--              input_sha256, model, answer}; without answer an empty one is kept, where the derived tables hold all of it;
--              p_run_id; p_now UTC.
-- Returns:     whether the answer is another one than before.
-- Errors:      INVALID_PAYLOAD.
-- Idempotency: the same answer to the same input changes nothing.
CREATE OR REPLACE FUNCTION onto.usp_keep_answer(
    p_ontology_id bigint, p_job_type text, p_subject_key text, p_payload jsonb, p_run_id uuid, p_now timestamptz)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_answer jsonb := coalesce(p_payload -> 'answer', '{}');
    v_before jsonb;
BEGIN
    IF p_payload ->> 'input_sha256' ~ '^[0-9a-f]{64}$' IS NOT TRUE OR jsonb_typeof(v_answer) <> 'object' THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: the payload has no input_sha256, or an answer that is no json object'
            USING ERRCODE = 'SR004';
    END IF;
    SELECT a.answer INTO v_before FROM onto.answer AS a
    WHERE a.ontology_id = p_ontology_id AND a.job_type = p_job_type AND a.subject_key = p_subject_key;

    INSERT INTO onto.answer AS a (ontology_id, job_type, subject_key, input_sha256, contract_name, contract_version, model,
        answer, run_id, answered_at)
    VALUES (p_ontology_id, p_job_type, p_subject_key, p_payload ->> 'input_sha256', p_payload ->> 'contract',
        p_payload ->> 'version', p_payload ->> 'model', v_answer, p_run_id, p_now)
    ON CONFLICT (ontology_id, job_type, subject_key) DO UPDATE
        SET input_sha256 = EXCLUDED.input_sha256, contract_name = EXCLUDED.contract_name,
            contract_version = EXCLUDED.contract_version, model = EXCLUDED.model, answer = EXCLUDED.answer,
            run_id = EXCLUDED.run_id, answered_at = EXCLUDED.answered_at
        WHERE (a.input_sha256, a.contract_name, a.contract_version, a.model, a.answer) IS DISTINCT FROM
              (EXCLUDED.input_sha256, EXCLUDED.contract_name, EXCLUDED.contract_version, EXCLUDED.model, EXCLUDED.answer);
    RETURN v_before IS DISTINCT FROM v_answer;
END
$$;
