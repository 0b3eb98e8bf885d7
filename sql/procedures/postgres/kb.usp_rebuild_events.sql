-- Purpose:     the events among the entities that kb.usp_rebuild_dimensions looks at; internal.
-- Parameters:  p_run_id; p_now UTC.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: a row whose values are right is not written.
CREATE OR REPLACE FUNCTION kb.usp_rebuild_events(p_run_id uuid, p_now timestamptz)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO kb.dim_event AS d (event_id, event_name, event_type, description, start_text, start_earliest, start_latest, start_precision,
        end_text, end_earliest, end_latest, end_precision, location_id, confidence, observation_count, promotion_state,
        needs_review, created_at, updated_at)
    SELECT e.entity_id, e.entity_name, e.entity_type, e.description, s.value, s.value_earliest, s.value_latest,
        s.value_precision, n.value, n.value_earliest, n.value_latest, n.value_precision, p.entity_id, e.confidence,
        e.observation_count, e.promotion_state, e.needs_review, p_now, p_now
    FROM kb.fn_dimension_entities(p_run_id, 'event') AS l
    JOIN kb.dim_entity AS e ON e.entity_id = l.entity_id
    LEFT JOIN LATERAL kb.fn_best_fact(e.entity_id, 'start') AS s ON true
    LEFT JOIN LATERAL kb.fn_best_fact(e.entity_id, 'end') AS n ON true
    LEFT JOIN LATERAL kb.fn_best_relation(e.entity_id, 'location') AS p ON true
    WHERE l.is_live
    ORDER BY e.entity_id
    ON CONFLICT (event_id) DO UPDATE
    SET event_name = EXCLUDED.event_name, event_type = EXCLUDED.event_type, description = EXCLUDED.description,
        start_text = EXCLUDED.start_text, start_earliest = EXCLUDED.start_earliest, start_latest = EXCLUDED.start_latest,
        start_precision = EXCLUDED.start_precision, end_text = EXCLUDED.end_text, end_earliest = EXCLUDED.end_earliest,
        end_latest = EXCLUDED.end_latest, end_precision = EXCLUDED.end_precision, location_id = EXCLUDED.location_id,
        confidence = EXCLUDED.confidence, observation_count = EXCLUDED.observation_count,
        promotion_state = EXCLUDED.promotion_state, needs_review = EXCLUDED.needs_review, retracted_at = NULL,
        updated_at = p_now
    WHERE (d.event_name, d.event_type, d.description, d.start_text, d.start_earliest, d.start_latest, d.start_precision,
           d.end_text, d.end_earliest, d.end_latest, d.end_precision, d.location_id, d.confidence, d.observation_count,
           d.promotion_state, d.needs_review, d.retracted_at)
        IS DISTINCT FROM (EXCLUDED.event_name, EXCLUDED.event_type, EXCLUDED.description, EXCLUDED.start_text, EXCLUDED.start_earliest,
           EXCLUDED.start_latest, EXCLUDED.start_precision, EXCLUDED.end_text, EXCLUDED.end_earliest, EXCLUDED.end_latest,
           EXCLUDED.end_precision, EXCLUDED.location_id, EXCLUDED.confidence, EXCLUDED.observation_count,
           EXCLUDED.promotion_state, EXCLUDED.needs_review, NULL);

    UPDATE kb.dim_event AS d
    SET observation_count = 0, needs_review = false, retracted_at = p_now, updated_at = p_now
    FROM kb.fn_dimension_entities(p_run_id, 'event') AS l
    WHERE NOT l.is_live AND d.event_id = l.entity_id AND d.retracted_at IS NULL;
END
$$;
