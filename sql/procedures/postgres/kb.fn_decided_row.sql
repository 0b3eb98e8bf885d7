-- Purpose:     a row that people decide about, as json; internal.
-- Parameters:  p_kind 'entity', 'relation', 'fact' or 'page_classification'; p_id.
-- Returns:     the row, null if there is none.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION kb.fn_decided_row(p_kind text, p_id bigint)
RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT to_jsonb(e) FROM kb.dim_entity AS e WHERE p_kind = 'entity' AND e.entity_id = p_id
    UNION ALL
    SELECT to_jsonb(b) FROM kb.bridge_entity_relation AS b WHERE p_kind = 'relation' AND b.entity_relation_id = p_id
    UNION ALL
    SELECT to_jsonb(f) FROM kb.fact_attribute AS f WHERE p_kind = 'fact' AND f.fact_attribute_id = p_id
    UNION ALL
    SELECT to_jsonb(c) FROM kb.page_classification AS c WHERE p_kind = 'page_classification' AND c.page_classification_id = p_id;
$$;
