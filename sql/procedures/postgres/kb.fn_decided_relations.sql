-- Purpose:     the bridge that an assertion of a decision to relate two entities supports; internal.
-- Parameters:  p_assertion_id.
-- Returns:     as kb.fn_assertion_relations; the ends are those of the decision (they follow merges), and there is a row only
--              while both are there. Any other assertion gives none.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION kb.fn_decided_relations(p_assertion_id bigint)
RETURNS TABLE (from_entity_id bigint, to_entity_id bigint, relation_key text, start_key text, end_key text, from_work_key text,
    to_work_key text, continuity_key text, relation_type text, start_text text, start_earliest date, start_latest date,
    start_precision text, end_text text, end_earliest date, end_latest date, end_precision text, from_work text,
    to_work text, continuity text, confidence numeric, state_rank integer)
LANGUAGE sql STABLE AS $$
    SELECT x.entity_id, y.entity_id, a.keys ->> 'relation_type_key', '', '', '', '', '', a.payload ->> 'relation_type', NULL::text,
        NULL::date, NULL::date, NULL::text, NULL::text, NULL::date, NULL::date, NULL::text, NULL::text, NULL::text, NULL::text,
        a.confidence, 0
    FROM kb.assertion AS a
    JOIN kb.identity_decision AS d ON d.assertion_id = a.assertion_id
    JOIN kb.dim_entity AS x ON x.entity_id = kb.fn_master_entity(d.entity_id) AND x.retracted_at IS NULL
    JOIN kb.dim_entity AS y ON y.entity_id = kb.fn_master_entity(d.other_entity_id) AND y.retracted_at IS NULL
    WHERE a.assertion_id = p_assertion_id AND a.item_kind = 'decided_relation' AND a.retracted_at IS NULL;
$$;
