-- Purpose:     load who took part in an event with SQL; see kb.usp_batch_insert_entity_relations.
-- Parameters:  p_entity, p_event names; p_role open text; p_start, p_end ISO 8601 or a text; p_source_page_id; p_confidence
--              0..1; p_loaded_by; p_now UTC.
-- Returns:     entity_relation_id (as in kb.bridge_entity_event), created, quarantine_reason.
-- Errors:      INVALID_PAYLOAD; NOT_FOUND for the page.
-- Idempotency: the same row again is found.
CREATE OR REPLACE FUNCTION kb.usp_insert_entity_event(
    p_entity text, p_event text, p_role text DEFAULT 'participant', p_start text DEFAULT NULL, p_end text DEFAULT NULL,
    p_source_page_id bigint DEFAULT NULL, p_confidence numeric DEFAULT 1, p_loaded_by text DEFAULT NULL, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (entity_relation_id bigint, created boolean, quarantine_reason text)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT b.entity_relation_id, b.created, b.quarantine_reason
    FROM kb.usp_batch_insert_entity_relations(jsonb_build_array(jsonb_strip_nulls(jsonb_build_object('from_entity', p_entity,
        'to_entity', p_event, 'to_family', 'event', 'relation_type', p_role, 'start', p_start, 'end', p_end,
        'confidence', p_confidence))), p_source_page_id, p_loaded_by, p_now) AS b;
$$;
