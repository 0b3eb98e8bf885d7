-- Purpose:     the state of every job type at a glance.
-- Columns:     ready, scheduled, running, oldest_ready_age_s, p95_duration_ms and failures of the last hour, dead_letters.
CREATE OR REPLACE VIEW llm.vw_queue_health AS
SELECT t.job_type, t.paused,
    (SELECT count(*) FROM llm.job AS j WHERE j.job_type = t.job_type AND j.status = 'NEW') AS ready,
    (SELECT count(*) FROM llm.job AS j WHERE j.job_type = t.job_type AND j.status = 'SCHEDULED') AS scheduled,
    (SELECT count(*) FROM llm.job AS j WHERE j.job_type = t.job_type AND j.status = 'RUNNING') AS running,
    (SELECT round(extract(epoch FROM clock_timestamp() - min(j.available_at))) FROM llm.job AS j
     WHERE j.job_type = t.job_type AND j.status = 'NEW') AS oldest_ready_age_s,
    r.p95_duration_ms, coalesce(r.failures, 0) AS failures_last_hour,
    (SELECT count(*) FROM llm.job AS j WHERE j.job_type = t.job_type AND j.status = 'DEADLETTER') AS dead_letters
FROM llm.job_type AS t
LEFT JOIN (
    SELECT j.job_type, percentile_disc(0.95) WITHIN GROUP (ORDER BY r.duration_ms) AS p95_duration_ms,
        count(*) FILTER (WHERE r.status = 'FAILED') AS failures
    FROM llm.run AS r
    JOIN llm.job AS j ON j.job_id = r.job_id
    WHERE r.finished_at >= now() - interval '1 hour'
    GROUP BY j.job_type
) AS r ON r.job_type = t.job_type;
