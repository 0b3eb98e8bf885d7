-- Purpose:     how many jobs of each type stand where, as `sproute queue` shows it.
-- Columns:     paused, a count for each status, oldest_ready_seconds.
CREATE OR REPLACE VIEW llm.vw_queue AS
SELECT t.job_type, t.paused,
    (count(*) FILTER (WHERE j.status = 'NEW'))::integer AS new,
    (count(*) FILTER (WHERE j.status = 'SCHEDULED'))::integer AS scheduled,
    (count(*) FILTER (WHERE j.status = 'RUNNING'))::integer AS running,
    (count(*) FILTER (WHERE j.status = 'SUCCEEDED'))::integer AS succeeded,
    (count(*) FILTER (WHERE j.status = 'DEADLETTER'))::integer AS deadletter,
    (count(*) FILTER (WHERE j.status = 'CANCELLED'))::integer AS cancelled,
    round(extract(epoch FROM clock_timestamp() - min(j.available_at) FILTER (WHERE j.status = 'NEW')))::integer
        AS oldest_ready_seconds
FROM llm.job_type AS t
LEFT JOIN llm.job AS j ON j.job_type = t.job_type
GROUP BY t.job_type, t.paused;
