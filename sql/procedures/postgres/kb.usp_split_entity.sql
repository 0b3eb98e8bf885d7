-- Purpose:     say that some pages speak of another bearer of the same name and family.
-- Parameters:  p_entity_id; p_disambiguator what tells the other apart ('the younger'), 200 bytes at most; p_source_page_ids
--              json array of the pages (all versions, also later ones) that speak of the other; p_decided_by; p_reason; p_now.
-- Returns:     identity_decision_id, entity_id (the other bearer), pages.
-- Errors:      UNKNOWN_ENTITY, NOT_FOUND (a page), INVALID_PAYLOAD; INVALID_STATE for a merged or unknown-family entity.
-- Idempotency: the same split again is another decision with the same effect. Routing waits.
CREATE OR REPLACE FUNCTION kb.usp_split_entity(
    p_entity_id bigint, p_disambiguator text, p_source_page_ids jsonb, p_decided_by text, p_reason text DEFAULT NULL,
    p_now timestamptz DEFAULT NULL)
RETURNS TABLE (identity_decision_id bigint, entity_id bigint, pages integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now    timestamptz := coalesce(p_now, clock_timestamp());
    v_entity kb.dim_entity;
    v_key    text := lower(btrim(p_disambiguator));
    v_bad    text;
BEGIN
    PERFORM pg_advisory_xact_lock(7365526003);
    PERFORM kb.usp_check_entities(jsonb_build_array(p_entity_id), p_decided_by);
    IF coalesce(v_key, '') = '' OR octet_length(v_key) > 200 THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: the disambiguator is empty or longer than 200 bytes' USING ERRCODE = 'SR004';
    END IF;
    IF jsonb_typeof(p_source_page_ids) IS DISTINCT FROM 'array' OR jsonb_array_length(p_source_page_ids) = 0 THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: a split needs the pages that speak of the other' USING ERRCODE = 'SR004';
    END IF;
    SELECT i.value #>> '{}' INTO v_bad FROM jsonb_array_elements(p_source_page_ids) AS i (value)
    WHERE NOT EXISTS (SELECT 1 FROM ingest.source_page AS s WHERE s.source_page_id::text = i.value #>> '{}') LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'NOT_FOUND: no page has the id %', v_bad USING ERRCODE = 'SR012';
    END IF;
    SELECT * INTO v_entity FROM kb.dim_entity AS e WHERE e.entity_id = p_entity_id;
    IF v_entity.merged_into_entity_id IS NOT NULL OR v_entity.type_family = 'unknown' THEN
        RAISE EXCEPTION 'INVALID_STATE: entity % is %', p_entity_id,
            CASE WHEN v_entity.type_family = 'unknown' THEN 'without a type' ELSE 'merged into another' END USING ERRCODE = 'SR010',
            HINT = 'Unmerge it first; an entity of unknown type is what its name says.';
    END IF;
    IF v_key = v_entity.disambiguator THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: the entity has that disambiguator itself' USING ERRCODE = 'SR004';
    END IF;

    INSERT INTO kb.dim_entity (name_key, type_family, disambiguator, entity_name, entity_type, created_at, updated_at, retracted_at)
    VALUES (v_entity.name_key, v_entity.type_family, v_key, v_entity.entity_name, v_entity.entity_type, v_now, v_now, v_now)
    ON CONFLICT (name_key, type_family, disambiguator) DO NOTHING;
    SELECT e.entity_id INTO entity_id FROM kb.dim_entity AS e
    WHERE e.name_key = v_entity.name_key AND e.type_family = v_entity.type_family AND e.disambiguator = v_key;

    INSERT INTO kb.identity_decision (kind, entity_id, other_entity_id, decided_by, decided_as, reason, decided_at)
    VALUES ('split', p_entity_id, entity_id, p_decided_by, 'person', p_reason, v_now)
    RETURNING kb.identity_decision.identity_decision_id INTO identity_decision_id;
    INSERT INTO kb.identity_split_page (identity_decision_id, source_system, external_id)
    SELECT DISTINCT usp_split_entity.identity_decision_id, s.source_system, s.external_id
    FROM jsonb_array_elements_text(p_source_page_ids) AS i (value)
    JOIN ingest.source_page AS s ON s.source_page_id = i.value::bigint;
    GET DIAGNOSTICS pages = ROW_COUNT;

    PERFORM kb.usp_rebuild_groups(ARRAY[p_entity_id, entity_id], v_now);
    PERFORM kb.usp_enqueue_subjects(ARRAY[p_entity_id, entity_id], 'split:' || identity_decision_id, v_now);
    RETURN NEXT;
END
$$;
