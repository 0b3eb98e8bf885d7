-- Purpose:     the next step of an open firing, as far as SQL does it: a batch of a procedure, or the jobs of a thousand pages.
-- Parameters:  @name, @fire_at; @limit most rows of a step; @now UTC.
-- Returns:     status (OPEN: call again), result; no row if somebody else is at it or there is nothing to do.
-- Errors:      INVALID_PAYLOAD, UNKNOWN_JOB_TYPE: llm.usp_end_schedule_fire records them.
-- Idempotency: each call does what is left.
CREATE OR ALTER PROCEDURE llm.usp_step_schedule_fire
    @name nvarchar(4000), @fire_at datetime2(3), @limit int = 1000, @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @is_there bit = 0, @action nvarchar(40), @payload nvarchar(max),
        @correlation_id uniqueidentifier, @result nvarchar(max), @count bigint, @left bigint, @last bigint, @after bigint,
        @is_done bit = 0, @procedure nvarchar(260), @older_than_days int, @max_steps bigint, @affected bigint, @steps bigint,
        @enqueued bigint, @jobs nvarchar(max), @status nvarchar(40);
    CREATE TABLE #enqueue_jobs (
        ordinal  bigint         NOT NULL PRIMARY KEY,
        job_id   bigint         NULL,
        status   nvarchar(40)   COLLATE Latin1_General_100_BIN2 NULL,
        created  bit            NULL,
        hint     nvarchar(1000) COLLATE Latin1_General_100_BIN2 NULL
    );
    BEGIN TRY
        BEGIN TRANSACTION;
        -- Written, for that locks whatever hints are worth.
        UPDATE f
        SET attempt_count = f.attempt_count
        FROM llm.schedule_fire AS f WITH (ROWLOCK, READPAST, READCOMMITTEDLOCK)
        WHERE f.name = @name AND f.fire_at = @fire_at AND f.status = N'OPEN' AND f.program_step IS NULL;
        IF @@ROWCOUNT = 1
            SELECT @is_there = 1, @action = f.action, @payload = f.payload, @correlation_id = f.correlation_id,
                @result = COALESCE(f.result, N'{}')
            FROM llm.schedule_fire AS f
            WHERE f.name = @name AND f.fire_at = @fire_at;
        IF @is_there = 1 AND @action = N'procedure'
        BEGIN
            SELECT @procedure = p.[procedure], @older_than_days = CONVERT(int, p.older_than_days),
                @max_steps = COALESCE(CONVERT(bigint, p.max_steps), 1000)
            FROM OPENJSON(@payload) WITH (
                [procedure] nvarchar(260) '$.procedure', older_than_days float '$.older_than_days', max_steps float '$.max_steps') AS p;
            SELECT @affected = COALESCE(r.affected, 0), @steps = COALESCE(r.steps, 0) + 1
            FROM OPENJSON(@result) WITH (affected bigint '$.affected', steps bigint '$.steps') AS r;
            EXEC llm.usp_run_maintenance @procedure = @procedure, @older_than_days = @older_than_days, @limit = @limit, @now = @at,
                @into_caller = 1, @affected = @count OUTPUT;
            SET @is_done = IIF(@count < @limit OR @steps >= @max_steps, 1, 0);
            SET @result = CONCAT(N'{"affected":', @affected + @count, N',"steps":', @steps,
                IIF(@count >= @limit AND @is_done = 1, N',"stopped_at_max_steps":true', N''), N'}');
        END;
        IF @is_there = 1 AND @action <> N'procedure'
        BEGIN
            SELECT @after = COALESCE(r.after, 0), @enqueued = COALESCE(r.enqueued, 0)
            FROM OPENJSON(@result) WITH (after bigint '$.after', enqueued bigint '$.enqueued') AS r;
            SELECT @left = COUNT(*), @last = MAX(q.source_page_id)
            FROM (
                SELECT TOP (@limit) s.source_page_id
                FROM ingest.source_page AS s
                WHERE s.superseded_at IS NULL AND s.source_page_id > @after
                ORDER BY s.source_page_id) AS q;
            SELECT @jobs = CONCAT(N'[', STRING_AGG(CONVERT(nvarchar(max), CONCAT(N'{"job_type":', llm.fn_json_string(t.[value]),
                N',"subject":', llm.fn_json_string(s.title), N',"source_page_id":', s.source_page_id, N',"correlation_id":"',
                LOWER(CONVERT(nvarchar(36), @correlation_id)), N'"}')), N','), N']')
            FROM ingest.source_page AS s
            CROSS JOIN OPENJSON(COALESCE(JSON_QUERY(@payload, '$.job_types'), N'[]')) AS t
            WHERE s.superseded_at IS NULL AND s.source_page_id > @after AND s.source_page_id <= @last
              AND NOT EXISTS (
                  SELECT 1 FROM llm.job AS j
                  WHERE j.source_page_id = s.source_page_id AND j.source_page_id IS NOT NULL
                    AND j.job_type = t.[value] COLLATE Latin1_General_100_BIN2)
              -- Its job may be archived, or purged, and the contract may be newer since: that is for a backfill.
              AND NOT EXISTS (
                  SELECT 1 FROM kb.extraction AS x
                  WHERE x.source_page_id = s.source_page_id AND x.job_type = t.[value] COLLATE Latin1_General_100_BIN2);
            EXEC llm.usp_enqueue_jobs @jobs = @jobs, @now = @at, @into_caller = 1;
            SELECT @count = COUNT(*) FROM #enqueue_jobs AS e WHERE e.created = 1;
            SET @is_done = IIF(@left < @limit
                OR NOT EXISTS (SELECT 1 FROM OPENJSON(@payload) AS p WHERE p.[key] = N'job_types'), 1, 0);
            SET @result = JSON_MODIFY(JSON_MODIFY(@result, '$.enqueued', @enqueued + @count),
                '$.after', IIF(@is_done = 1, NULL, @last));
        END;
        IF @is_there = 1
        BEGIN
            SET @status = IIF(@is_done = 1, N'DONE', N'OPEN');
            UPDATE llm.schedule_fire
            SET result = @result, status = @status, finished_at = IIF(@is_done = 1, @at, NULL)
            WHERE name = @name AND fire_at = @fire_at;
        END;
        COMMIT TRANSACTION;
        SELECT @status AS status, @result AS result WHERE @is_there = 1;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
