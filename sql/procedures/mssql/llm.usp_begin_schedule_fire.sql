-- Purpose:     record one firing of a schedule and do what one transaction can do of it; internal.
-- Parameters:  @name of a schedule whose row the caller holds; @fire_at; @is_manual; @missed_count; @is_skipped; @now UTC;
--              @correlation_id (null = a new one).
-- Returns:     @fired (0: this instant fired before); @status; @result; @result_correlation_id.
-- Errors:      UNKNOWN_JOB_TYPE, INVALID_PAYLOAD of what it enqueues.
-- Idempotency: an instant fires once.
CREATE OR ALTER PROCEDURE llm.usp_begin_schedule_fire
    @name nvarchar(4000), @fire_at datetime2(3), @is_manual bit, @missed_count int, @is_skipped bit, @now datetime2(3),
    @correlation_id uniqueidentifier = NULL, @fired bit = NULL OUTPUT, @status nvarchar(40) = NULL OUTPUT,
    @result nvarchar(max) = NULL OUTPUT, @result_correlation_id uniqueidentifier = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @correlation uniqueidentifier = COALESCE(@correlation_id, NEWID()), @action nvarchar(40), @payload nvarchar(max),
        @instant nvarchar(40), @jobs nvarchar(max);
    CREATE TABLE #enqueue_jobs (
        ordinal  bigint         NOT NULL PRIMARY KEY,
        job_id   bigint         NULL,
        status   nvarchar(40)   COLLATE Latin1_General_100_BIN2 NULL,
        created  bit            NULL,
        hint     nvarchar(1000) COLLATE Latin1_General_100_BIN2 NULL
    );
    SELECT @action = s.action, @payload = s.payload FROM llm.schedule AS s WHERE s.name = @name;
    SET @status = CASE WHEN @is_skipped = 1 THEN N'SKIPPED' WHEN @action = N'enqueue' THEN N'DONE' ELSE N'OPEN' END;
    SET @result = NULL;
    INSERT INTO llm.schedule_fire (name, fire_at, fired_at, status, is_manual, missed_count, action, payload, program_step,
        correlation_id, finished_at)
    SELECT @name, @fire_at, @now, @status, @is_manual, COALESCE(@missed_count, 0), @action, @payload,
        CASE
            WHEN @status <> N'OPEN' OR @action <> N'pipeline' THEN NULL
            WHEN EXISTS (SELECT 1 FROM OPENJSON(@payload) AS p WHERE p.[key] = N'ingest') THEN N'ingest'
            WHEN EXISTS (SELECT 1 FROM OPENJSON(@payload) AS p WHERE p.[key] = N'dedupe_audit') THEN N'dedupe_audit' END,
        @correlation, IIF(@status <> N'OPEN', @now, NULL)
    WHERE NOT EXISTS (
        SELECT 1 FROM llm.schedule_fire AS f WITH (UPDLOCK, HOLDLOCK) WHERE f.name = @name AND f.fire_at = @fire_at);
    SET @fired = @@ROWCOUNT;
    IF @fired = 0
    BEGIN
        SET @status = NULL;
        RETURN;
    END;
    SET @result_correlation_id = @correlation;
    IF @status = N'DONE'
    BEGIN
        -- Each firing has jobs of its own: their keys name it.
        SET @instant = CONCAT(REPLACE(CONVERT(nvarchar(19), @fire_at, 126), N' ', N'T'), N'.',
            RIGHT(CONCAT(N'00', DATEPART(MILLISECOND, @fire_at)), 3), N'Z');
        SELECT @jobs = CONCAT(N'[', STRING_AGG(CONVERT(nvarchar(max), CASE
            WHEN i.[type] <> 5 THEN N'null'
            ELSE JSON_MODIFY(JSON_MODIFY(i.[value], '$.correlation_id',
                    COALESCE(x.correlation_id, LOWER(CONVERT(nvarchar(36), @correlation)))),
                '$.dedupe_key', CONCAT(
                    COALESCE(x.dedupe_key,
                        x.job_type + N':page:' + x.source_page_id,
                        x.job_type + N':' + CONVERT(nvarchar(20), CONVERT(int, i.[key]) + 1)),
                    N':schedule:', @name, N':', @instant)) END), N',') WITHIN GROUP (ORDER BY CONVERT(int, i.[key])), N']')
        FROM OPENJSON(@payload, '$.jobs') AS i
        OUTER APPLY OPENJSON(IIF(i.[type] = 5, i.[value], N'{}')) WITH (
            job_type nvarchar(max) '$.job_type', correlation_id nvarchar(max) '$.correlation_id',
            dedupe_key nvarchar(max) '$.dedupe_key', source_page_id nvarchar(40) '$.source_page_id') AS x;
        SET @jobs = COALESCE(@jobs, N'[]');
        EXEC llm.usp_enqueue_jobs @jobs = @jobs, @now = @now, @into_caller = 1;
        SET @result = CONCAT(N'{"enqueued":', (SELECT COUNT(*) FROM #enqueue_jobs AS e WHERE e.created = 1), N'}');
        UPDATE llm.schedule_fire SET result = @result WHERE name = @name AND fire_at = @fire_at;
    END;
END;
