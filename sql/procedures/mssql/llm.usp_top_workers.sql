-- Purpose:     the runners that are alive, those that went silent lately, and whoever holds running jobs.
-- Parameters:  @minutes how long a silent runner that holds nothing is still shown; @now UTC.
-- Returns:     worker_id, host, pid, version, job_types (json array, empty = all), concurrency (jobs at a time), running (as it
--              said itself), holds (jobs it has claimed), expired (of these, jobs whose lease is over), started_at,
--              heartbeat_at, heartbeat_age_s, state: alive (heard of within 30 s), silent (not, and it holds jobs), gone.
--              host and what follows are null for who holds jobs without ever having said that it lives.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE llm.usp_top_workers @minutes int = 5, @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME());
    DECLARE @running TABLE (job_id bigint NOT NULL PRIMARY KEY);
    -- Found in the index alone, then read by their ids: whoever changes a job locks its row before its index entries.
    INSERT INTO @running (job_id) SELECT j.job_id FROM llm.job AS j WHERE j.status = N'RUNNING';
    WITH held AS (
        SELECT j.locked_by AS worker_id, COUNT_BIG(*) AS holds,
            SUM(CONVERT(bigint, IIF(j.lease_expires_at < @at, 1, 0))) AS expired
        FROM @running AS r
        JOIN llm.job AS j WITH (INDEX (pk_job), FORCESEEK) ON j.job_id = r.job_id
        WHERE j.status = N'RUNNING'
        GROUP BY j.locked_by
    ), seen AS (
        SELECT COALESCE(w.worker_id, h.worker_id) AS worker_id, w.host, w.pid, w.version, w.job_types, w.concurrency, w.running,
            COALESCE(h.holds, 0) AS holds, COALESCE(h.expired, 0) AS expired, w.started_at, w.heartbeat_at,
            CASE WHEN w.heartbeat_at > DATEADD(SECOND, -30, @at) THEN 1 WHEN h.holds > 0 THEN 2 ELSE 3 END AS place
        FROM llm.worker AS w
        FULL JOIN held AS h ON h.worker_id = w.worker_id
    )
    SELECT s.worker_id, s.host, s.pid, s.version, s.job_types, s.concurrency, s.running, s.holds, s.expired, s.started_at,
        s.heartbeat_at,
        CASE WHEN s.heartbeat_at > @at THEN 0
            ELSE CONVERT(bigint, ROUND(DATEDIFF_BIG(MILLISECOND, s.heartbeat_at, @at) / 1000.0, 0)) END AS heartbeat_age_s,
        CASE s.place WHEN 1 THEN N'alive' WHEN 2 THEN N'silent' ELSE N'gone' END AS state
    FROM seen AS s
    WHERE s.holds > 0 OR s.heartbeat_at > DATEADD(MINUTE, -@minutes, @at)
    ORDER BY s.place, IIF(s.host IS NULL, 1, 0), s.host, IIF(s.pid IS NULL, 1, 0), s.pid, s.worker_id;
END;
