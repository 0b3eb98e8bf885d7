-- Purpose:     the bridges that one live assertion supports, with both ends resolved; internal.
-- Parameters:  p_assertion_id.
-- Returns:     the bridge's natural key (ends follow merges), what the assertion says about it, confidence and state_rank.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION kb.fn_assertion_relations(p_assertion_id bigint)
RETURNS TABLE (from_entity_id bigint, to_entity_id bigint, relation_key text, start_key text, end_key text, from_work_key text,
    to_work_key text, continuity_key text, relation_type text, start_text text, start_earliest date, start_latest date,
    start_precision text, end_text text, end_earliest date, end_latest date, end_precision text, from_work text,
    to_work text, continuity text, confidence numeric, state_rank integer)
LANGUAGE sql STABLE AS $$
    SELECT
        CASE WHEN x.merged_into_entity_id IS NULL THEN x.entity_id ELSE kb.fn_master_entity(x.entity_id) END,
        CASE WHEN y.merged_into_entity_id IS NULL THEN y.entity_id ELSE kb.fn_master_entity(y.entity_id) END,
        s.relation_key, s.start_key, s.end_key, s.from_work_key, s.to_work_key, s.continuity_key, s.relation_type,
        s.start_text, s.start_earliest, s.start_latest, s.start_precision, s.end_text, s.end_earliest, s.end_latest,
        s.end_precision, s.from_work, s.to_work, s.continuity, a.confidence,
        CASE WHEN a.grounding = 'loaded' THEN 0 ELSE coalesce(g.state_rank, 0) END
    FROM kb.assertion AS a
    CROSS JOIN LATERAL kb.fn_relations(a.item_kind, a.keys, a.payload) AS s
    JOIN kb.resolution AS f ON f.assertion_id = a.assertion_id AND f.mention = s.from_mention AND f.superseded_at IS NULL
    JOIN kb.resolution AS t ON t.assertion_id = a.assertion_id AND t.mention = s.to_mention AND t.superseded_at IS NULL
    JOIN kb.dim_entity AS x ON x.entity_id = f.entity_id
    JOIN kb.dim_entity AS y ON y.entity_id = t.entity_id
    LEFT JOIN LATERAL kb.fn_state_rank(a.job_type, a.item_kind, a.confidence, a.is_weak) AS g ON true
    WHERE a.assertion_id = p_assertion_id AND a.retracted_at IS NULL;
$$;
