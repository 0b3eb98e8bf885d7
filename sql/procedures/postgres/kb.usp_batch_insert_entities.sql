-- Purpose:     load entities with SQL: each becomes an assertion of kind loaded, and its entity is staged until evidence or a
--              person promotes it.
-- Parameters:  p_entities json array of {name, type?, aliases?, description?, attributes? [{key, value, unit?}], confidence?
--              (0..1, default 1), name_key?, type_key?, aliases_keys?}: the keys are needed where a text is not ASCII;
--              p_source_page_id the page that they rest on, null for a page of the loader; p_loaded_by; p_now UTC.
-- Returns:     one row an entity, in order: ordinal (1..n), entity_id, created (whether the assertion is new),
--              quarantine_reason (EMPTY_NAME) of a row that is kept as an assertion and makes no entity.
-- Errors:      INVALID_PAYLOAD naming item_index (from 0) and field: nothing is written; NOT_FOUND for the page.
-- Idempotency: the same rows again are found; no rows do nothing.
CREATE OR REPLACE FUNCTION kb.usp_batch_insert_entities(
    p_entities jsonb, p_source_page_id bigint DEFAULT NULL, p_loaded_by text DEFAULT NULL, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (ordinal integer, entity_id bigint, created boolean, quarantine_reason text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now    timestamptz := coalesce(p_now, clock_timestamp());
    v_loaded jsonb;
BEGIN
    PERFORM kb.usp_check_loaded_rows('entity', p_entities);
    IF jsonb_array_length(p_entities) = 0 THEN
        RETURN;
    END IF;
    SELECT jsonb_agg(to_jsonb(l)) INTO v_loaded
    FROM kb.usp_load_items((
        SELECT jsonb_agg(jsonb_build_object('item_kind', 'entity', 'confidence', i.value -> 'confidence',
            'payload', jsonb_strip_nulls(i.value - ARRAY['name_key', 'type_key', 'aliases_keys', 'confidence']),
            'keys', jsonb_build_object('name_key', kb.fn_loaded_key(i.value ->> 'name', 'name', i.value ->> 'name_key'),
                'type_key', kb.fn_loaded_key(i.value ->> 'type', 'type', i.value ->> 'type_key'))
                || CASE jsonb_typeof(i.value -> 'aliases') WHEN 'array' THEN jsonb_build_object('aliases_keys', (
                    SELECT coalesce(jsonb_agg(kb.fn_loaded_key(a.alias, 'name', i.value -> 'aliases_keys' ->> (a.place - 1)::integer)
                        ORDER BY a.place), '[]')
                    FROM jsonb_array_elements_text(i.value -> 'aliases') WITH ORDINALITY AS a (alias, place))) ELSE '{}' END)
            ORDER BY i.place)
        FROM jsonb_array_elements(p_entities) WITH ORDINALITY AS i (value, place)
    ), p_source_page_id, coalesce(p_loaded_by, session_user), v_now) AS l;
    RETURN QUERY
    SELECT l.ordinal, kb.fn_master_entity(r.entity_id), l.created, l.quarantine_reason
    FROM jsonb_to_recordset(v_loaded) AS l (ordinal integer, assertion_id bigint, created boolean, quarantine_reason text)
    LEFT JOIN kb.resolution AS r ON r.assertion_id = l.assertion_id AND r.mention = 'self' AND r.superseded_at IS NULL
    ORDER BY l.ordinal;
END
$$;
