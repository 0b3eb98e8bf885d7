-- Purpose:     the facts that one live assertion supports, with their subject resolved; internal.
-- Parameters:  @assertion_id.
-- Returns:     the fact's natural key (the subject follows merges), what the assertion says about it, confidence, state_rank.
-- Errors:      none.
-- Idempotency: reads only.
-- Found one by one, in this order: much more is expected of the documents than they hold. Who asks says FORCE ORDER too.
CREATE OR ALTER FUNCTION kb.fn_assertion_facts (@assertion_id bigint)
RETURNS TABLE
AS RETURN (
    SELECT CASE WHEN x.merged_into_entity_id IS NULL THEN x.entity_id ELSE kb.fn_master_entity(x.entity_id) END AS entity_id,
        s.attribute_key, s.value_key, s.unit_key, s.start_key, s.end_key, s.from_work_key, s.to_work_key, s.continuity_key,
        s.attribute, s.[value], s.unit, s.value_earliest, s.value_latest, s.value_precision, s.start_text, s.start_earliest,
        s.start_latest, s.start_precision, s.end_text, s.end_earliest, s.end_latest, s.end_precision, s.from_work, s.to_work,
        s.continuity, a.confidence, CASE WHEN a.grounding = N'loaded' THEN 0 ELSE COALESCE(g.state_rank, 0) END AS state_rank
    FROM kb.assertion AS a
    CROSS APPLY kb.fn_facts(a.item_kind, a.keys, a.payload) AS s
    INNER LOOP JOIN kb.resolution AS r ON r.assertion_id = a.assertion_id AND r.mention = s.mention AND r.superseded_at IS NULL
    INNER LOOP JOIN kb.dim_entity AS x ON x.entity_id = r.entity_id
    OUTER APPLY kb.fn_state_rank(a.job_type, a.item_kind, a.confidence, a.is_weak) AS g
    WHERE a.assertion_id = @assertion_id AND a.retracted_at IS NULL
);
