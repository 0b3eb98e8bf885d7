-- Purpose:     load relations between entities with SQL: each becomes an assertion of kind loaded, and its bridge is staged until
--              evidence or a person promotes it. Ends that no entity has are made, as everywhere.
-- Parameters:  p_relations json array of {from_entity, to_entity, relation_type, start?, end? (ISO 8601 of any precision; else
--              a text), from_work?, to_work?, continuity?, and <field>_key? of each of these texts, which is needed where one is
--              not ASCII; from_family?, to_family? which bearer of a name is meant; confidence? (0..1, default 1)};
--              p_source_page_id the page that they rest on, null for a page of the loader; p_loaded_by; p_now UTC.
-- Returns:     one row a relation, in order: ordinal (1..n), entity_relation_id, created (whether the assertion is new),
--              quarantine_reason (EMPTY_NAME, EMPTY_TYPE, CONTRADICTORY_TIME) of a row that is kept as an assertion and makes
--              no bridge.
-- Errors:      INVALID_PAYLOAD naming item_index (from 0) and field: nothing is written; NOT_FOUND for the page.
-- Idempotency: the same rows again are found; no rows do nothing.
CREATE OR REPLACE FUNCTION kb.usp_batch_insert_entity_relations(
    p_relations jsonb, p_source_page_id bigint DEFAULT NULL, p_loaded_by text DEFAULT NULL, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (ordinal integer, entity_relation_id bigint, created boolean, quarantine_reason text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now    timestamptz := coalesce(p_now, clock_timestamp());
    v_loaded jsonb;
BEGIN
    PERFORM kb.usp_check_loaded_rows('relationship', p_relations);
    IF jsonb_array_length(p_relations) = 0 THEN
        RETURN;
    END IF;
    SELECT jsonb_agg(to_jsonb(l)) INTO v_loaded
    FROM kb.usp_load_items((
        SELECT jsonb_agg(jsonb_build_object('item_kind', 'relationship', 'confidence', i.value -> 'confidence',
            'payload', jsonb_strip_nulls(jsonb_build_object('from_entity', i.value -> 'from_entity', 'to_entity', i.value -> 'to_entity',
                'relation_type', i.value -> 'relation_type', 'start', i.value -> 'start', 'end', i.value -> 'end',
                'continuity', i.value -> 'continuity', 'work_context', CASE WHEN coalesce(i.value ->> 'from_work', i.value ->> 'to_work') IS NOT NULL
                    THEN jsonb_build_object('from', i.value -> 'from_work', 'to', i.value -> 'to_work') END)),
            'keys', jsonb_build_object(
                'from_entity_key', kb.fn_loaded_key(i.value ->> 'from_entity', 'name', i.value ->> 'from_entity_key'),
                'to_entity_key', kb.fn_loaded_key(i.value ->> 'to_entity', 'name', i.value ->> 'to_entity_key'),
                'relation_type_key', kb.fn_loaded_key(i.value ->> 'relation_type', 'type', i.value ->> 'relation_type_key'),
                'work_context_from_key', kb.fn_loaded_key(i.value ->> 'from_work', 'name', i.value ->> 'from_work_key'),
                'work_context_to_key', kb.fn_loaded_key(i.value ->> 'to_work', 'name', i.value ->> 'to_work_key'),
                'continuity_key', kb.fn_loaded_key(i.value ->> 'continuity', 'name', i.value ->> 'continuity_key'))
                || kb.fn_loaded_time('start', i.value ->> 'start', i.value ->> 'start_key')
                || kb.fn_loaded_time('end', i.value ->> 'end', i.value ->> 'end_key')
                || jsonb_strip_nulls(jsonb_build_object('from_family', i.value -> 'from_family', 'to_family', i.value -> 'to_family')))
            ORDER BY i.place)
        FROM jsonb_array_elements(p_relations) WITH ORDINALITY AS i (value, place)
    ), p_source_page_id, coalesce(p_loaded_by, session_user), v_now) AS l;
    RETURN QUERY
    SELECT l.ordinal, k.target_id, l.created, l.quarantine_reason
    FROM jsonb_to_recordset(v_loaded) AS l (ordinal integer, assertion_id bigint, created boolean, quarantine_reason text)
    LEFT JOIN kb.assertion_link AS k ON k.assertion_id = l.assertion_id AND k.target_table = 'bridge_entity_relation'
    ORDER BY l.ordinal;
END
$$;
