-- Purpose:     jobs that will not be tried again until a person says so.
-- Columns:     as in llm.job, newest first when ordered by finished_at.
CREATE OR ALTER VIEW llm.vw_dead_letters AS
SELECT j.job_id, j.job_type, j.subject, j.source_page_id, j.attempt_count, j.abandon_count, j.last_error_code, j.last_error,
    j.run_id, j.correlation_id, j.created_at, j.finished_at
FROM llm.job AS j
WHERE j.status = N'DEADLETTER';
