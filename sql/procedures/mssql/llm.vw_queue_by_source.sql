-- Purpose:     open jobs by where their pages come from.
-- Columns:     source_system, job_type, status, jobs, oldest.
CREATE OR ALTER VIEW llm.vw_queue_by_source AS
SELECT COALESCE(s.source_system, N'(none)') AS source_system, j.job_type, j.status, COUNT_BIG(*) AS jobs, MIN(j.created_at) AS oldest
FROM llm.job AS j
LEFT JOIN ingest.source_page AS s ON s.source_page_id = j.source_page_id
WHERE j.status IN (N'NEW', N'SCHEDULED', N'RUNNING', N'DEADLETTER')
GROUP BY COALESCE(s.source_system, N'(none)'), j.job_type, j.status;
