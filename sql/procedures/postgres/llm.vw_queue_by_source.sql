-- Purpose:     open jobs by where their pages come from.
-- Columns:     source_system, job_type, status, jobs, oldest.
CREATE OR REPLACE VIEW llm.vw_queue_by_source AS
SELECT coalesce(s.source_system, '(none)') AS source_system, j.job_type, j.status, count(*) AS jobs, min(j.created_at) AS oldest
FROM llm.job AS j
LEFT JOIN ingest.source_page AS s ON s.source_page_id = j.source_page_id
WHERE j.status IN ('NEW', 'SCHEDULED', 'RUNNING', 'DEADLETTER')
GROUP BY coalesce(s.source_system, '(none)'), j.job_type, j.status;
