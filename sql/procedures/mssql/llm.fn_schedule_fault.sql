-- Purpose:     what is wrong with the payload of a schedule's action, before it is stored. A procedure, for it asks
--              llm.usp_run_maintenance, which raises.
-- Parameters:  @action enqueue, procedure or pipeline; @payload json, see llm.usp_put_schedule; @into_caller 1: no result set,
--              the sentence goes to @result.
-- Returns:     fn_schedule_fault: a sentence, or null.
-- Errors:      INVALID_PAYLOAD of llm.usp_run_maintenance.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE llm.fn_schedule_fault
    @action nvarchar(4000), @payload nvarchar(max), @into_caller bit = 0, @result nvarchar(2000) = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @bad nvarchar(400), @has_other_type bit = 0, @procedure nvarchar(260), @older_than_days int;
    DECLARE @field TABLE (
        name   nvarchar(400) COLLATE Latin1_General_100_BIN2 NOT NULL,
        value  nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL,
        type   int           NOT NULL
    );
    DECLARE @type TABLE (
        value  nvarchar(4000) COLLATE Latin1_General_100_BIN2 NULL,
        type   int            NOT NULL
    );
    INSERT INTO @field (name, value, type)
    SELECT LEFT(p.[key], 400), p.[value], p.[type] FROM OPENJSON(@payload) AS p;
    SET @result = NULL;
    SELECT TOP (1) @bad = f.name
    FROM @field AS f
    WHERE f.name NOT IN (N'jobs', N'procedure', N'older_than_days', N'max_steps', N'ingest', N'dedupe_audit', N'job_types')
    ORDER BY f.name;
    IF @bad IS NOT NULL SET @result = CONCAT(N'p_payload has an unknown field ', @bad);

    IF @action = N'enqueue'
        INSERT INTO @type (value, type)
        SELECT LEFT(t.[value], 4000), t.[type]
        FROM @field AS f
        CROSS APPLY OPENJSON(IIF(f.type = 4, f.value, N'[]')) AS j
        CROSS APPLY OPENJSON(IIF(j.[type] = 5, j.[value], N'{}')) AS t
        WHERE f.name = N'jobs' AND t.[key] = N'job_type';
    ELSE
    BEGIN
        SELECT @has_other_type = IIF(f.type = 4, 0, 1) FROM @field AS f WHERE f.name = N'job_types';
        INSERT INTO @type (value, type)
        SELECT LEFT(t.[value], 4000), t.[type]
        FROM @field AS f
        CROSS APPLY OPENJSON(IIF(f.type = 4, f.value, N'[]')) AS t
        WHERE f.name = N'job_types';
    END;
    IF EXISTS (SELECT 1 FROM @type AS t WHERE t.type <> 1) SET @has_other_type = 1;
    IF @result IS NULL
        SET @result = CASE
            WHEN @action = N'enqueue' AND NOT EXISTS (SELECT 1 FROM @field AS f WHERE f.name = N'jobs' AND f.type = 4) THEN
                N'p_payload of enqueue wants jobs, an array as llm.usp_enqueue_jobs takes it'
            WHEN @action = N'procedure' AND NOT EXISTS (SELECT 1 FROM @field AS f WHERE f.name = N'procedure' AND f.type = 1) THEN
                N'p_payload of procedure wants procedure, the name of one'
            WHEN EXISTS (SELECT 1 FROM @field AS f
                         CROSS APPLY (SELECT TRY_CONVERT(float, IIF(f.type = 2, f.value, NULL)) AS number) AS n
                         WHERE f.name = N'older_than_days'
                           AND (n.number IS NULL OR n.number <> FLOOR(n.number) OR n.number < 0 OR n.number > 36500)) THEN
                N'p_payload.older_than_days is no whole number from 0 to 36500'
            WHEN EXISTS (SELECT 1 FROM @field AS f
                         CROSS APPLY (SELECT TRY_CONVERT(float, IIF(f.type = 2, f.value, NULL)) AS number) AS n
                         WHERE f.name = N'max_steps'
                           AND (n.number IS NULL OR n.number <> FLOOR(n.number) OR n.number < 1 OR n.number > 1000000)) THEN
                N'p_payload.max_steps is no whole number from 1 to 1000000'
            WHEN @action = N'pipeline' AND NOT EXISTS (
                SELECT 1 FROM @field AS f WHERE f.name IN (N'ingest', N'dedupe_audit', N'job_types')) THEN
                N'p_payload of pipeline wants ingest, dedupe_audit or job_types'
            WHEN (SELECT COUNT(*) FROM @field AS f WHERE f.name IN (N'ingest', N'dedupe_audit')) = 2 THEN
                N'p_payload has both ingest and dedupe_audit: make two schedules'
            WHEN @has_other_type = 1 THEN N'p_payload.job_types is no array of names'
            WHEN EXISTS (SELECT 1 FROM @field AS f WHERE f.name = N'ingest' AND f.type <> 5) THEN
                N'p_payload.ingest is no json object'
            WHEN EXISTS (SELECT 1 FROM @field AS f WHERE f.name = N'dedupe_audit' AND f.type <> 5) THEN
                N'p_payload.dedupe_audit is no json object'
            END;
    IF @result IS NULL
        SELECT TOP (1) @result = CONCAT(N'p_payload names the job type ', LEFT(t.value, 400), N', which nobody registered')
        FROM @type AS t
        WHERE NOT EXISTS (SELECT 1 FROM llm.job_type AS k WHERE k.job_type = t.value);
    IF @result IS NULL AND @action = N'procedure'
    BEGIN
        SELECT @procedure = MAX(IIF(f.name = N'procedure', LEFT(f.value, 260), NULL)),
            @older_than_days = MAX(IIF(f.name = N'older_than_days', TRY_CONVERT(int, TRY_CONVERT(float, f.value)), NULL))
        FROM @field AS f
        WHERE f.name IN (N'procedure', N'older_than_days');
        EXEC llm.usp_run_maintenance @procedure = @procedure, @older_than_days = @older_than_days, @limit = 0, @into_caller = 1;
    END;
    IF @into_caller = 0 SELECT @result AS fn_schedule_fault;
END;
