-- Purpose:     how many jobs of each type stand where, as `sproute queue` shows it.
-- Columns:     paused, a count for each status, oldest_ready_seconds.
CREATE OR ALTER VIEW llm.vw_queue AS
SELECT t.job_type, t.paused,
    COUNT(CASE WHEN j.status = N'NEW' THEN 1 END) AS new,
    COUNT(CASE WHEN j.status = N'SCHEDULED' THEN 1 END) AS scheduled,
    COUNT(CASE WHEN j.status = N'RUNNING' THEN 1 END) AS running,
    COUNT(CASE WHEN j.status = N'SUCCEEDED' THEN 1 END) AS succeeded,
    COUNT(CASE WHEN j.status = N'DEADLETTER' THEN 1 END) AS deadletter,
    COUNT(CASE WHEN j.status = N'CANCELLED' THEN 1 END) AS cancelled,
    CONVERT(int, ROUND(DATEDIFF_BIG(millisecond, MIN(CASE WHEN j.status = N'NEW' THEN j.available_at END), SYSUTCDATETIME())
        / 1000.0, 0)) AS oldest_ready_seconds
FROM llm.job_type AS t
LEFT JOIN llm.job AS j ON j.job_type = t.job_type
GROUP BY t.job_type, t.paused;
