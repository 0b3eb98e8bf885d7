-- Purpose:     the facts that one live assertion supports, with their subject resolved; internal.
-- Parameters:  p_assertion_id.
-- Returns:     the fact's natural key (the subject follows merges), what the assertion says about it, confidence, state_rank.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION kb.fn_assertion_facts(p_assertion_id bigint)
RETURNS TABLE (entity_id bigint, attribute_key text, value_key text, unit_key text, start_key text, end_key text,
    from_work_key text, to_work_key text, continuity_key text, attribute text, value text, unit text, value_earliest date,
    value_latest date, value_precision text, start_text text, start_earliest date, start_latest date, start_precision text,
    end_text text, end_earliest date, end_latest date, end_precision text, from_work text, to_work text, continuity text,
    confidence numeric, state_rank integer)
LANGUAGE sql STABLE AS $$
    SELECT
        CASE WHEN x.merged_into_entity_id IS NULL THEN x.entity_id ELSE kb.fn_master_entity(x.entity_id) END,
        s.attribute_key, s.value_key, s.unit_key, s.start_key, s.end_key, s.from_work_key, s.to_work_key, s.continuity_key,
        s.attribute, s.value, s.unit, s.value_earliest, s.value_latest, s.value_precision, s.start_text, s.start_earliest,
        s.start_latest, s.start_precision, s.end_text, s.end_earliest, s.end_latest, s.end_precision, s.from_work, s.to_work,
        s.continuity, a.confidence, CASE WHEN a.grounding = 'loaded' THEN 0 ELSE coalesce(g.state_rank, 0) END
    FROM kb.assertion AS a
    CROSS JOIN LATERAL kb.fn_facts(a.item_kind, a.keys, a.payload) AS s
    JOIN kb.resolution AS r ON r.assertion_id = a.assertion_id AND r.mention = s.mention AND r.superseded_at IS NULL
    JOIN kb.dim_entity AS x ON x.entity_id = r.entity_id
    LEFT JOIN LATERAL kb.fn_state_rank(a.job_type, a.item_kind, a.confidence, a.is_weak) AS g ON true
    WHERE a.assertion_id = p_assertion_id AND a.retracted_at IS NULL;
$$;
