-- Purpose:     the works among the entities that kb.usp_rebuild_dimensions looks at; internal.
-- Parameters:  p_run_id; p_now UTC.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: a row whose values are right is not written.
CREATE OR REPLACE FUNCTION kb.usp_rebuild_works(p_run_id uuid, p_now timestamptz)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO kb.dim_work AS d (work_id, work_name, work_type, description, release_text, release_earliest, release_latest, release_precision,
        canon_status, confidence, observation_count, promotion_state, needs_review, created_at, updated_at)
    SELECT e.entity_id, e.entity_name, e.entity_type, e.description, s.value, s.value_earliest, s.value_latest,
        s.value_precision, n.value, e.confidence, e.observation_count, e.promotion_state, e.needs_review, p_now, p_now
    FROM kb.fn_dimension_entities(p_run_id, 'work') AS l
    JOIN kb.dim_entity AS e ON e.entity_id = l.entity_id
    LEFT JOIN LATERAL kb.fn_best_fact(e.entity_id, 'release_date') AS s ON true
    LEFT JOIN LATERAL kb.fn_best_fact(e.entity_id, 'canon_status') AS n ON true
    WHERE l.is_live
    ORDER BY e.entity_id
    ON CONFLICT (work_id) DO UPDATE
    SET work_name = EXCLUDED.work_name, work_type = EXCLUDED.work_type, description = EXCLUDED.description,
        release_text = EXCLUDED.release_text, release_earliest = EXCLUDED.release_earliest,
        release_latest = EXCLUDED.release_latest, release_precision = EXCLUDED.release_precision,
        canon_status = EXCLUDED.canon_status, confidence = EXCLUDED.confidence,
        observation_count = EXCLUDED.observation_count, promotion_state = EXCLUDED.promotion_state,
        needs_review = EXCLUDED.needs_review, retracted_at = NULL, updated_at = p_now
    WHERE (d.work_name, d.work_type, d.description, d.release_text, d.release_earliest, d.release_latest,
           d.release_precision, d.canon_status, d.confidence, d.observation_count, d.promotion_state, d.needs_review,
           d.retracted_at)
        IS DISTINCT FROM (EXCLUDED.work_name, EXCLUDED.work_type, EXCLUDED.description, EXCLUDED.release_text, EXCLUDED.release_earliest,
           EXCLUDED.release_latest, EXCLUDED.release_precision, EXCLUDED.canon_status, EXCLUDED.confidence,
           EXCLUDED.observation_count, EXCLUDED.promotion_state, EXCLUDED.needs_review, NULL);

    UPDATE kb.dim_work AS d
    SET observation_count = 0, needs_review = false, retracted_at = p_now, updated_at = p_now
    FROM kb.fn_dimension_entities(p_run_id, 'work') AS l
    WHERE NOT l.is_live AND d.work_id = l.entity_id AND d.retracted_at IS NULL;
END
$$;
