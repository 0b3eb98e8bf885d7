-- Purpose:     load one entity with SQL; see kb.usp_batch_insert_entities.
-- Parameters:  p_name; p_type; p_description; p_source_page_id; p_confidence 0..1; p_loaded_by; p_now UTC.
-- Returns:     entity_id, created, quarantine_reason.
-- Errors:      INVALID_PAYLOAD; NOT_FOUND for the page.
-- Idempotency: the same row again is found.
CREATE OR REPLACE FUNCTION kb.usp_insert_entity(
    p_name text, p_type text DEFAULT NULL, p_description text DEFAULT NULL, p_source_page_id bigint DEFAULT NULL,
    p_confidence numeric DEFAULT 1, p_loaded_by text DEFAULT NULL, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (entity_id bigint, created boolean, quarantine_reason text)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT b.entity_id, b.created, b.quarantine_reason
    FROM kb.usp_batch_insert_entities(jsonb_build_array(jsonb_strip_nulls(jsonb_build_object('name', p_name, 'type', p_type,
        'description', p_description, 'confidence', p_confidence))), p_source_page_id, p_loaded_by, p_now) AS b;
$$;
