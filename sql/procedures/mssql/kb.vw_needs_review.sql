-- Purpose:     what waits for a person: candidates below the promotion threshold, answers whose quote is not in the page
--              and about which nobody decided, where the job type's grounding policy is review, and pairs of entities of which the model that was asked was
--              not sure enough.
-- Columns:     kind, id, name, detail, confidence, since.
CREATE OR ALTER VIEW kb.vw_needs_review AS
SELECT N'entity' COLLATE Latin1_General_100_BIN2 AS kind, e.entity_id AS id, CONVERT(nvarchar(max), e.entity_name) AS name,
    CONVERT(nvarchar(max), e.entity_type) AS detail, e.confidence, e.updated_at AS since
FROM kb.dim_entity AS e
WHERE e.needs_review = 1 AND e.retracted_at IS NULL
UNION ALL
SELECT N'relation', r.entity_relation_id, CONCAT(CONVERT(nvarchar(max), f.entity_name), N' ', r.relation_type, N' ', t.entity_name),
    r.relation_type, r.confidence, r.updated_at
FROM kb.bridge_entity_relation AS r
JOIN kb.dim_entity AS f ON f.entity_id = r.from_entity_id
JOIN kb.dim_entity AS t ON t.entity_id = r.to_entity_id
WHERE r.needs_review = 1 AND r.retracted_at IS NULL
UNION ALL
SELECT N'fact', f.fact_attribute_id, CONCAT(e.entity_name, N' ', f.attribute, N' ', f.value), f.attribute, f.confidence, f.updated_at
FROM kb.fact_attribute AS f
JOIN kb.dim_entity AS e ON e.entity_id = f.entity_id
WHERE f.needs_review = 1 AND f.retracted_at IS NULL
UNION ALL
SELECT N'page_classification', p.page_classification_id, s.title, p.primary_type, p.confidence, p.updated_at
FROM kb.page_classification AS p
JOIN ingest.source_page AS s ON s.source_page_id = p.source_page_id
WHERE p.needs_review = 1 AND p.retracted_at IS NULL
UNION ALL
-- Never the first half of a surrogate pair alone.
SELECT N'assertion', a.assertion_id, s.title, CONCAT(a.item_kind, N' without evidence: ',
        LEFT(a.quote, IIF(UNICODE(SUBSTRING(a.quote, 80, 1)) BETWEEN 55296 AND 56319, 79, 80))), a.confidence, a.created_at
FROM kb.assertion AS a
JOIN llm.job_type AS j ON j.job_type = a.job_type AND j.grounding_policy = N'review'
JOIN ingest.source_page AS s ON s.source_page_id = a.source_page_id
WHERE a.grounding = N'none' AND a.retracted_at IS NULL
  AND NOT EXISTS (
      SELECT 1 FROM kb.fn_ungrounded_decision(a.source_page_id, a.job_type, a.item_kind, a.item_sha256, a.subject_key) AS d)
UNION ALL
SELECT N'pair', c.identity_candidate_id, CONCAT(CONVERT(nvarchar(max), c.first_name), N' / ', c.second_name),
    CONCAT_WS(N' ', p.decision, p.relation_type) COLLATE Latin1_General_100_BIN2, c.confidence, c.updated_at
FROM kb.vw_identity_candidate AS c
OUTER APPLY OPENJSON(c.proposal) WITH (
    decision nvarchar(100) '$.decision', relation_type nvarchar(max) '$.relation_type') AS p
WHERE c.status = N'review';
