-- Purpose:     a row that people decide about, as json; internal.
-- Parameters:  p_kind 'entity', 'relation', 'fact', 'page_classification' or 'assertion'; p_id.
-- Returns:     the row without what its evidence alone says, null if there is none; of an assertion with promotion_state and
--              needs_review as rows have them.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION kb.fn_decided_row(p_kind text, p_id bigint)
RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT to_jsonb(e) - 'undecided' FROM kb.dim_entity AS e WHERE p_kind = 'entity' AND e.entity_id = p_id
    UNION ALL
    SELECT to_jsonb(b) - 'undecided' FROM kb.bridge_entity_relation AS b WHERE p_kind = 'relation' AND b.entity_relation_id = p_id
    UNION ALL
    SELECT to_jsonb(f) - 'undecided' FROM kb.fact_attribute AS f WHERE p_kind = 'fact' AND f.fact_attribute_id = p_id
    UNION ALL
    SELECT to_jsonb(c) FROM kb.page_classification AS c WHERE p_kind = 'page_classification' AND c.page_classification_id = p_id
    UNION ALL
    SELECT to_jsonb(a) || jsonb_build_object('promotion_state', CASE d.decision WHEN 'approve' THEN 'adjudicated' ELSE 'suppressed' END,
        'needs_review', a.retracted_at IS NULL AND a.grounding = 'none' AND d.decision IS NULL)
    FROM kb.assertion AS a
    LEFT JOIN LATERAL kb.fn_ungrounded_decision(a.source_page_id, a.job_type, a.item_kind, a.item_sha256, a.subject_key) AS d ON true
    WHERE p_kind = 'assertion' AND a.assertion_id = p_id;
$$;
