-- Purpose:     how much a policy would archive or purge now; looks at all of it, so it takes its time.
-- Parameters:  @what of llm.retention_policy; @keep_days (null = the policy's); @now UTC.
-- Returns:     matching rows (0 if it keeps for ever).
-- Errors:      NOT_FOUND.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE llm.usp_count_retention @what nvarchar(4000), @keep_days int = NULL, @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @is_there bit = 0, @days int, @before datetime2(3),
        @matching bigint = 0, @after uniqueidentifier, @seen bigint = 10000, @step bigint, @message nvarchar(2048);
    SELECT @is_there = 1, @days = COALESCE(@keep_days, p.keep_days) FROM llm.retention_policy AS p WHERE p.what = @what;
    IF @is_there = 0
    BEGIN
        SET @message = CONCAT(N'NOT_FOUND: nothing named ', @what, N' in llm.retention_policy', NCHAR(10),
            N'HINT: SELECT what FROM llm.retention_policy lists them.');
        THROW 50012, @message, 1;
    END;
    SET @before = DATEADD(DAY, -@days, @at);
    IF @before IS NOT NULL AND @what IN (N'job', N'dead_letter')
        SELECT @matching = COUNT_BIG(*)
        FROM llm.job AS j
        WHERE j.finished_at < @before
          AND ((@what = N'job' AND j.status IN (N'SUCCEEDED', N'CANCELLED'))
            OR (@what = N'dead_letter' AND j.status = N'DEADLETTER'))
          AND NOT EXISTS (
              SELECT 1
              FROM llm.dag_node AS n
              JOIN llm.dag AS d ON d.dag_id = n.dag_id
              WHERE n.dag_node_id = j.dag_node_id AND (d.status = N'RUNNING' OR EXISTS (
                  SELECT 1
                  FROM llm.dag_node AS o
                  JOIN llm.job AS k ON k.dag_node_id = o.dag_node_id AND k.dag_node_id IS NOT NULL
                      AND k.status IN (N'DEADLETTER', N'CANCELLED')
                  WHERE o.dag_id = n.dag_id)))
        OPTION (RECOMPILE);
    ELSE IF @before IS NOT NULL AND @what = N'job_archive'
        SELECT @matching = COUNT_BIG(*) FROM llm.job_archive AS a WHERE a.finished_at < @before;
    ELSE IF @before IS NOT NULL AND @what = N'run'
        WHILE @seen = 10000
        BEGIN
            EXEC llm.usp_purge_runs @older_than = @before, @limit = 10000, @after = @after, @dry_run = 1, @into_caller = 1,
                @purged = @step OUTPUT, @seen = @seen OUTPUT, @last_run_id = @after OUTPUT;
            SET @matching = @matching + @step;
        END;
    ELSE IF @before IS NOT NULL AND @what = N'response_cache'
        SELECT @matching = COUNT_BIG(*) FROM llm.response_cache AS c WHERE c.created_at < @before OR c.expires_at < @at;
    ELSE IF @before IS NOT NULL AND @what = N'schedule_fire'
        SELECT @matching = COUNT_BIG(*) FROM llm.schedule_fire AS f WHERE f.fire_at < @before AND f.status <> N'OPEN';
    ELSE IF @before IS NOT NULL AND @what = N'worker'
        SELECT @matching = COUNT_BIG(*) FROM llm.worker AS w WHERE w.heartbeat_at < @before;
    SELECT @matching AS matching;
END;
