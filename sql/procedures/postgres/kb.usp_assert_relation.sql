-- Purpose:     write what a decision says of two entities as an assertion on the page of who decided; internal.
-- Parameters:  p_identity_decision_id of a decision to relate; p_now UTC.
-- Returns:     assertion_id.
-- Errors:      none.
-- Idempotency: the caller has just made the decision. Nobody routes meanwhile: the caller holds the lock.
CREATE OR REPLACE FUNCTION kb.usp_assert_relation(p_identity_decision_id bigint, p_now timestamptz)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_run_id    uuid := gen_random_uuid();
    v_decision  kb.identity_decision;
    v_page_id   bigint;
    v_payload   jsonb;
    v_keys      jsonb;
    v_assertion bigint;
BEGIN
    SELECT * INTO v_decision FROM kb.identity_decision AS d WHERE d.identity_decision_id = p_identity_decision_id;
    v_page_id := kb.usp_put_loaded_page(v_decision.decided_by, p_now);
    SELECT jsonb_build_object('from_entity', f.entity_name, 'to_entity', t.entity_name, 'relation_type', v_decision.relation_type),
        jsonb_build_object('from_entity', jsonb_build_array(f.name_key, f.type_family, f.disambiguator),
            'to_entity', jsonb_build_array(t.name_key, t.type_family, t.disambiguator),
            'relation_type_key', kb.fn_bounded_key(coalesce(nullif(kb.fn_loaded_key(v_decision.relation_type, 'type', NULL), ''),
                lower(btrim(v_decision.relation_type))), 300))
    INTO v_payload, v_keys
    FROM kb.dim_entity AS f, kb.dim_entity AS t
    WHERE f.entity_id = v_decision.entity_id AND t.entity_id = v_decision.other_entity_id;

    -- The same may have been decided, and taken back, before.
    INSERT INTO kb.assertion (source_page_id, job_type, item_kind, item_index, chunk_index, item_sha256, payload, keys,
        char_start, char_end, quote, grounding, is_weak, confidence, contract_name, contract_version, model, created_at)
    VALUES (v_page_id, 'loaded', 'decided_relation', 0, 0, encode(sha256(convert_to(v_payload::text || v_keys::text, 'UTF8')), 'hex'),
        v_payload, v_keys, 0, 0, '', 'loaded', false, coalesce(v_decision.confidence, 1), 'loaded', '1.0.0', v_decision.decided_by, p_now)
    RETURNING assertion_id INTO v_assertion;
    UPDATE kb.identity_decision AS d SET assertion_id = v_assertion WHERE d.identity_decision_id = p_identity_decision_id;
    INSERT INTO kb.stage_change (run_id, assertion_id, item_kind, change) VALUES (v_run_id, v_assertion, 'decided_relation', 1);
    PERFORM kb.usp_rebuild(v_run_id, p_now);
    RETURN v_assertion;
END
$$;
