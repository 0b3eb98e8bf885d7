-- Purpose:     the tags among the entities that kb.usp_rebuild_dimensions looks at; internal.
-- Parameters:  p_run_id; p_now UTC.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: a row whose values are right is not written.
CREATE OR REPLACE FUNCTION kb.usp_rebuild_tags(p_run_id uuid, p_now timestamptz)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO kb.dim_tag AS d (tag_id, tag_name, confidence, observation_count, promotion_state, needs_review, created_at, updated_at)
    SELECT e.entity_id, e.entity_name, e.confidence, e.observation_count, e.promotion_state, e.needs_review, p_now, p_now
    FROM kb.fn_dimension_entities(p_run_id, 'tag') AS l
    JOIN kb.dim_entity AS e ON e.entity_id = l.entity_id
    WHERE l.is_live
    ORDER BY e.entity_id
    ON CONFLICT (tag_id) DO UPDATE
    SET tag_name = EXCLUDED.tag_name, confidence = EXCLUDED.confidence, observation_count = EXCLUDED.observation_count,
        promotion_state = EXCLUDED.promotion_state, needs_review = EXCLUDED.needs_review, retracted_at = NULL,
        updated_at = p_now
    WHERE (d.tag_name, d.confidence, d.observation_count, d.promotion_state, d.needs_review, d.retracted_at)
        IS DISTINCT FROM (EXCLUDED.tag_name, EXCLUDED.confidence, EXCLUDED.observation_count, EXCLUDED.promotion_state,
           EXCLUDED.needs_review, NULL);

    UPDATE kb.dim_tag AS d
    SET observation_count = 0, needs_review = false, retracted_at = p_now, updated_at = p_now
    FROM kb.fn_dimension_entities(p_run_id, 'tag') AS l
    WHERE NOT l.is_live AND d.tag_id = l.entity_id AND d.retracted_at IS NULL;
END
$$;
