-- Purpose:     say that entities are one because the rules of the dedupe audit are sure of it; all that a runner may merge.
-- Parameters:  p_master_entity_id; p_entity_ids json array of ids; p_reason; p_confidence 0..1; p_now UTC.
-- Returns:     as kb.usp_merge_entities.
-- Errors:      as kb.usp_merge_entities: never against a person's decision.
-- Idempotency: merging what is one changes nothing.
CREATE OR REPLACE FUNCTION kb.usp_merge_by_rule(
    p_master_entity_id bigint, p_entity_ids jsonb, p_reason text DEFAULT NULL, p_confidence numeric DEFAULT NULL,
    p_now timestamptz DEFAULT NULL)
RETURNS TABLE (entity_id bigint, merged_entity_id bigint, identity_decision_id bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT m.entity_id, m.merged_entity_id, m.identity_decision_id
    FROM kb.usp_merge_entities(p_master_entity_id, p_entity_ids, 'dedupe audit', p_reason, 'rule', p_confidence,
        p_now => p_now) AS m;
$$;
