-- Purpose:     jobs that are still to be done and will ask a model, with what decides which one and how.
-- Columns:     job_id, job_type, source_page_id, contract_name, contract_version, handler, model (null = LLM_MODEL).
CREATE OR ALTER VIEW llm.vw_open_job AS
SELECT j.job_id, j.job_type, j.source_page_id, t.contract_name, t.contract_version, t.handler, t.model
FROM llm.job AS j
JOIN llm.job_type AS t ON t.job_type = j.job_type
WHERE j.status IN (N'NEW', N'SCHEDULED', N'RUNNING')
  AND NOT EXISTS (SELECT 1 FROM OPENJSON(j.input) AS i WHERE i.[key] = N'replay');
