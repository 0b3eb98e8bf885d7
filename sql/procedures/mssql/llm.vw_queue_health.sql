-- Purpose:     the state of every job type at a glance.
-- Columns:     ready, scheduled, running, oldest_ready_age_s, p95_duration_ms and failures of the last hour, dead_letters.
CREATE OR ALTER VIEW llm.vw_queue_health AS
SELECT t.job_type, t.paused,
    (SELECT COUNT_BIG(*) FROM llm.job AS j WHERE j.job_type = t.job_type AND j.status = N'NEW') AS ready,
    (SELECT COUNT_BIG(*) FROM llm.job AS j WHERE j.job_type = t.job_type AND j.status = N'SCHEDULED') AS scheduled,
    (SELECT COUNT_BIG(*) FROM llm.job AS j WHERE j.job_type = t.job_type AND j.status = N'RUNNING') AS running,
    (SELECT CONVERT(bigint, ROUND(DATEDIFF_BIG(millisecond, MIN(j.available_at), SYSUTCDATETIME()) / 1000.0, 0)) FROM llm.job AS j
     WHERE j.job_type = t.job_type AND j.status = N'NEW') AS oldest_ready_age_s,
    r.p95_duration_ms, COALESCE(r.failures, 0) AS failures_last_hour,
    (SELECT COUNT_BIG(*) FROM llm.job AS j WHERE j.job_type = t.job_type AND j.status = N'DEADLETTER') AS dead_letters
FROM llm.job_type AS t
LEFT JOIN (
    SELECT k.job_type, MIN(CASE WHEN k.place >= 0.95 * k.runs THEN k.duration_ms END) AS p95_duration_ms,
        COUNT_BIG(CASE WHEN k.status = N'FAILED' THEN 1 END) AS failures
    FROM (
        SELECT j.job_type, r.duration_ms, r.status, COUNT(*) OVER (PARTITION BY j.job_type) AS runs,
            ROW_NUMBER() OVER (PARTITION BY j.job_type ORDER BY r.duration_ms) AS place
        FROM llm.run AS r
        JOIN llm.job AS j ON j.job_id = r.job_id
        WHERE r.finished_at >= DATEADD(hour, -1, SYSUTCDATETIME())
    ) AS k
    GROUP BY k.job_type
) AS r ON r.job_type = t.job_type;
