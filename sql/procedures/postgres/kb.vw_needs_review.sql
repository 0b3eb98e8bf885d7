-- Purpose:     what waits for a person: candidates below the promotion threshold, answers whose quote is not in the page
--              and about which nobody decided, where the job type's grounding policy is review, and pairs of entities of which the model that was asked was
--              not sure enough.
-- Columns:     kind, id, name, detail, confidence, since.
CREATE OR REPLACE VIEW kb.vw_needs_review AS
SELECT 'entity'::text AS kind, e.entity_id AS id, e.entity_name AS name, e.entity_type AS detail, e.confidence,
    e.updated_at AS since
FROM kb.dim_entity AS e
WHERE e.needs_review AND e.retracted_at IS NULL
UNION ALL
SELECT 'relation', r.entity_relation_id, f.entity_name || ' ' || r.relation_type || ' ' || t.entity_name, r.relation_type,
    r.confidence, r.updated_at
FROM kb.bridge_entity_relation AS r
JOIN kb.dim_entity AS f ON f.entity_id = r.from_entity_id
JOIN kb.dim_entity AS t ON t.entity_id = r.to_entity_id
WHERE r.needs_review AND r.retracted_at IS NULL
UNION ALL
SELECT 'fact', f.fact_attribute_id, e.entity_name || ' ' || f.attribute || ' ' || f.value, f.attribute, f.confidence, f.updated_at
FROM kb.fact_attribute AS f
JOIN kb.dim_entity AS e ON e.entity_id = f.entity_id
WHERE f.needs_review AND f.retracted_at IS NULL
UNION ALL
SELECT 'page_classification', p.page_classification_id, s.title, p.primary_type, p.confidence, p.updated_at
FROM kb.page_classification AS p
JOIN ingest.source_page AS s ON s.source_page_id = p.source_page_id
WHERE p.needs_review AND p.retracted_at IS NULL
UNION ALL
SELECT 'assertion', a.assertion_id, s.title, a.item_kind || ' without evidence: ' || left(a.quote, 80), a.confidence, a.created_at
FROM kb.assertion AS a
JOIN llm.job_type AS j ON j.job_type = a.job_type AND j.grounding_policy = 'review'
JOIN ingest.source_page AS s ON s.source_page_id = a.source_page_id
WHERE a.grounding = 'none' AND a.retracted_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM kb.fn_ungrounded_decision(a.source_page_id, a.job_type, a.item_kind, a.item_sha256, a.subject_key))
UNION ALL
SELECT 'pair', c.identity_candidate_id, c.first_name || ' / ' || c.second_name,
    concat_ws(' ', c.proposal ->> 'decision', c.proposal ->> 'relation_type'), c.confidence, c.updated_at
FROM kb.vw_identity_candidate AS c
WHERE c.status = 'review';
