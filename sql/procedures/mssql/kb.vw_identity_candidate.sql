-- Purpose:     pairs of entities that may be one: how they were found, what a model proposes, and where that stands.
-- Columns:     identity_candidate_id, first_entity_id, first_name, second_entity_id, second_name; first_master_id and
--              second_master_id (what they were merged into since, else themselves), score (0..1), strength, reasons, status (open,
--              asked, review: waits for a person, decided), proposal (null: nobody was asked), confidence of the proposal, else the
--              score; job_id, run_id, contract_name, contract_version, prompt_sha256, model of the answer; found_at, updated_at.
CREATE OR ALTER VIEW kb.vw_identity_candidate AS
SELECT c.identity_candidate_id, c.first_entity_id, f.entity_name AS first_name, c.second_entity_id, s.entity_name AS second_name,
    kb.fn_master_entity(c.first_entity_id) AS first_master_id, kb.fn_master_entity(c.second_entity_id) AS second_master_id,
    c.score, c.strength, c.reasons, c.status, c.proposal,
    COALESCE(CONVERT(decimal(5, 4), p.confidence), c.score) AS confidence, c.job_id, r.run_id, r.contract_name,
    r.contract_version, r.prompt_sha256, r.model, c.found_at, c.updated_at
FROM kb.identity_candidate AS c
JOIN kb.dim_entity AS f ON f.entity_id = c.first_entity_id
JOIN kb.dim_entity AS s ON s.entity_id = c.second_entity_id
OUTER APPLY OPENJSON(c.proposal) WITH (confidence float '$.confidence') AS p
OUTER APPLY (
    SELECT TOP (1) a.run_id, a.contract_name, a.contract_version, a.prompt_sha256, a.model
    FROM llm.run AS a
    WHERE c.proposal IS NOT NULL AND a.job_id = c.job_id AND a.status = N'SUCCEEDED'
    ORDER BY a.finished_at DESC
) AS r;
