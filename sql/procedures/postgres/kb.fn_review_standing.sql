-- Purpose:     whether an item waits for a person, and since when it is as it is.
-- Parameters:  p_kind 'entity', 'relation', 'fact', 'page_classification', 'assertion' or 'pair'; p_id.
-- Returns:     is_waiting; changed_at, of a pair that of its entities too; no row if there is no such item.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION kb.fn_review_standing(p_kind text, p_id bigint)
RETURNS TABLE (is_waiting boolean, changed_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT e.needs_review AND e.retracted_at IS NULL, e.updated_at
    FROM kb.dim_entity AS e WHERE p_kind = 'entity' AND e.entity_id = p_id
    UNION ALL
    SELECT b.needs_review AND b.retracted_at IS NULL, b.updated_at
    FROM kb.bridge_entity_relation AS b WHERE p_kind = 'relation' AND b.entity_relation_id = p_id
    UNION ALL
    SELECT f.needs_review AND f.retracted_at IS NULL, f.updated_at
    FROM kb.fact_attribute AS f WHERE p_kind = 'fact' AND f.fact_attribute_id = p_id
    UNION ALL
    SELECT c.needs_review AND c.retracted_at IS NULL, c.updated_at
    FROM kb.page_classification AS c WHERE p_kind = 'page_classification' AND c.page_classification_id = p_id
    UNION ALL
    SELECT a.grounding = 'none' AND a.retracted_at IS NULL AND EXISTS (
            SELECT 1 FROM llm.job_type AS j WHERE j.job_type = a.job_type AND j.grounding_policy = 'review')
        AND NOT EXISTS (
            SELECT 1 FROM kb.fn_ungrounded_decision(a.source_page_id, a.job_type, a.item_kind, a.item_sha256, a.subject_key)),
        coalesce(a.retracted_at, a.created_at)
    FROM kb.assertion AS a WHERE p_kind = 'assertion' AND a.assertion_id = p_id
    UNION ALL
    SELECT k.status = 'review', greatest(k.updated_at, f.updated_at, s.updated_at)
    FROM kb.identity_candidate AS k
    JOIN kb.dim_entity AS f ON f.entity_id = kb.fn_master_entity(k.first_entity_id)
    JOIN kb.dim_entity AS s ON s.entity_id = kb.fn_master_entity(k.second_entity_id)
    WHERE p_kind = 'pair' AND k.identity_candidate_id = p_id;
$$;
