-- Purpose:     the one filter of all bulk operations; internal. A procedure, for a function of SQL Server cannot raise.
-- Parameters:  @filter json of {job_ids, job_types, status, subject_like, source_like, entity_type, dag_node_id, dag_id,
--              correlation_id, error_code, error_group (llm.vw_dead_letter_groups), older_than_seconds, created_before}, all
--              given ones must hold; @statuses json array of the statuses that the operation is for; @now UTC; @after
--              only jobs with a higher job_id; @limit the first so many (null = all); @available_at only jobs that are due at
--              another time (null = whenever).
-- Returns:     job_id of every job that matches, into the caller's #matching_jobs (job_id); running jobs that were told to stop
--              are none. Rows that somebody changes just now are there as they were; without READ_COMMITTED_SNAPSHOT they are
--              left out, for nobody is waited for.
-- Errors:      EMPTY_FILTER without any condition, INVALID_PAYLOAD for an unknown one or a value that is null or malformed.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE llm.fn_matching_jobs
    @filter nvarchar(max), @statuses nvarchar(max), @now datetime2(3), @after bigint = 0, @limit int = NULL,
    @available_at datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @bad nvarchar(2000), @message nvarchar(2048), @most bigint = COALESCE(@limit, 9223372036854775807),
        @has_ids bit = 0, @has_types bit = 0, @status nvarchar(max), @subject_like nvarchar(4000), @source_like nvarchar(4000),
        @entity_type nvarchar(4000), @dag_node_id bigint, @dag_id bigint, @correlation_id uniqueidentifier,
        @error_code nvarchar(max), @error_group nvarchar(max), @older_than_seconds float, @older_ms bigint, @older_than datetime2(3),
        @created_before datetime2(3), @has_versions bit,
        @new bit, @scheduled bit, @running bit, @succeeded bit, @dead bit, @cancelled bit;
    DECLARE @condition TABLE (
        name   nvarchar(4000) COLLATE Latin1_General_100_BIN2 NOT NULL,
        type   int            NOT NULL,
        value  nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL
    );
    DECLARE @id TABLE (job_id bigint NOT NULL PRIMARY KEY);
    DECLARE @job_type TABLE (job_type nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY);

    IF ISJSON(@filter) = 1 AND LEFT(TRIM(NCHAR(32) + NCHAR(9) + NCHAR(10) + NCHAR(13) FROM LEFT(@filter, 4000)), 1) = N'{'
        INSERT INTO @condition (name, type, value)
        SELECT f.[key], f.[type], f.[value] FROM OPENJSON(@filter) AS f;
    IF NOT EXISTS (SELECT 1 FROM @condition AS c)
        THROW 50006, N'EMPTY_FILTER: a bulk operation wants at least one condition
HINT: For example {"job_types": ["entity_extraction"]}.', 1;
    SELECT TOP (1) @bad = LEFT(c.name, 1000)
    FROM @condition AS c
    WHERE c.name NOT IN (N'job_ids', N'job_types', N'status', N'subject_like', N'source_like', N'entity_type', N'dag_node_id',
        N'dag_id', N'correlation_id', N'error_code', N'error_group', N'older_than_seconds', N'created_before')
    ORDER BY c.name;
    IF @bad IS NOT NULL
    BEGIN
        SET @message = CONCAT(N'INVALID_PAYLOAD: the filter has no condition named ', @bad, NCHAR(10),
            N'HINT: The header of llm.fn_matching_jobs lists them.');
        THROW 50004, @message, 1;
    END;
    -- A null would otherwise stand for no condition, and so for every job.
    SELECT TOP (1) @bad = CONCAT(c.name, N' has no usable value: ', COALESCE(LEFT(c.value, 200), N'<NULL>'))
    FROM @condition AS c
    WHERE CASE
        WHEN c.name = N'job_ids' THEN IIF(c.type = 4 AND NOT EXISTS (
            SELECT 1 FROM OPENJSON(CASE WHEN c.type = 4 THEN c.value END) AS i
            WHERE i.[type] <> 2 OR TRY_CONVERT(bigint, i.[value]) IS NULL OR TRY_CONVERT(bigint, i.[value]) < 0), 1, 0)
        WHEN c.name = N'job_types' THEN IIF(c.type = 4 AND NOT EXISTS (
            SELECT 1 FROM OPENJSON(CASE WHEN c.type = 4 THEN c.value END) AS i WHERE i.[type] <> 1), 1, 0)
        WHEN c.name IN (N'dag_node_id', N'dag_id') THEN IIF(c.type = 2 AND TRY_CONVERT(bigint, c.value) >= 0, 1, 0)
        -- A thousand years: no instant is out of reach.
        WHEN c.name = N'older_than_seconds'
            THEN IIF(c.type = 2 AND TRY_CONVERT(float, c.value) BETWEEN -31536000000 AND 31536000000, 1, 0)
        WHEN c.name = N'correlation_id'
            THEN IIF(LEN(c.value) = 36 AND TRY_CONVERT(uniqueidentifier, c.value) IS NOT NULL, 1, 0)
        WHEN c.name = N'created_before' THEN IIF(llm.fn_instant(c.value) IS NOT NULL, 1, 0)
        -- A backslash at the end is no pattern.
        WHEN c.name IN (N'subject_like', N'source_like')
            THEN IIF(c.type = 1 AND PATINDEX(N'%[^\]%', REVERSE(c.value) + N'x') % 2 = 1, 1, 0)
        WHEN c.type = 1 THEN 1
        ELSE 0 END = 0
    ORDER BY c.name;
    IF @bad IS NOT NULL
    BEGIN
        SET @message = CONCAT(N'INVALID_PAYLOAD: the condition ', @bad, NCHAR(10),
            N'HINT: Leave it out to mean any; the header of llm.fn_matching_jobs lists the types.');
        THROW 50004, @message, 1;
    END;

    SELECT @has_ids = MAX(IIF(c.name = N'job_ids', 1, 0)), @has_types = MAX(IIF(c.name = N'job_types', 1, 0)),
        @status = MAX(CASE WHEN c.name = N'status' THEN c.value END),
        @subject_like = MAX(CASE WHEN c.name = N'subject_like' THEN c.value END),
        @source_like = MAX(CASE WHEN c.name = N'source_like' THEN c.value END),
        @entity_type = MAX(CASE WHEN c.name = N'entity_type' THEN LOWER(TRIM(c.value)) END),
        @dag_node_id = MAX(CASE WHEN c.name = N'dag_node_id' THEN TRY_CONVERT(bigint, c.value) END),
        @dag_id = MAX(CASE WHEN c.name = N'dag_id' THEN TRY_CONVERT(bigint, c.value) END),
        @correlation_id = TRY_CONVERT(uniqueidentifier, MAX(CASE WHEN c.name = N'correlation_id' THEN c.value END)),
        @error_code = MAX(CASE WHEN c.name = N'error_code' THEN c.value END),
        @error_group = MAX(CASE WHEN c.name = N'error_group' THEN c.value END),
        @older_than_seconds = MAX(CASE WHEN c.name = N'older_than_seconds' THEN TRY_CONVERT(float, c.value) END),
        @created_before = llm.fn_instant(MAX(CASE WHEN c.name = N'created_before' THEN c.value END))
    FROM @condition AS c;
    -- Rows have milliseconds: what is before a part of one is before the next.
    IF @older_than_seconds IS NOT NULL
    BEGIN
        SET @older_ms = FLOOR(CONVERT(decimal(20, 3), 1000 * @older_than_seconds));
        SET @older_than = DATEADD(millisecond, -(@older_ms % 86400000), DATEADD(day, -(@older_ms / 86400000), @now));
    END;
    -- A bracket is none of PostgreSQL's wildcards, and may be escaped all the same.
    SELECT @subject_like = LOWER(REPLACE(REPLACE(REPLACE(REPLACE(@subject_like COLLATE Latin1_General_100_BIN2, N'\\', NCHAR(1)), N'\[', N'['), N'[', N'\['), NCHAR(1), N'\\')),
        @source_like = REPLACE(REPLACE(REPLACE(REPLACE(@source_like COLLATE Latin1_General_100_BIN2, N'\\', NCHAR(1)), N'\[', N'['), N'[', N'\['), NCHAR(1), N'\\');
    SELECT @new = MAX(IIF(s.[value] COLLATE Latin1_General_100_BIN2 = N'NEW', 1, 0)),
        @scheduled = MAX(IIF(s.[value] COLLATE Latin1_General_100_BIN2 = N'SCHEDULED', 1, 0)),
        @running = MAX(IIF(s.[value] COLLATE Latin1_General_100_BIN2 = N'RUNNING', 1, 0)),
        @succeeded = MAX(IIF(s.[value] COLLATE Latin1_General_100_BIN2 = N'SUCCEEDED', 1, 0)),
        @dead = MAX(IIF(s.[value] COLLATE Latin1_General_100_BIN2 = N'DEADLETTER', 1, 0)),
        @cancelled = MAX(IIF(s.[value] COLLATE Latin1_General_100_BIN2 = N'CANCELLED', 1, 0))
    FROM OPENJSON(@statuses) AS s
    WHERE (@status IS NULL OR s.[value] COLLATE Latin1_General_100_BIN2 = @status)
      AND (@error_group IS NULL OR s.[value] COLLATE Latin1_General_100_BIN2 = N'DEADLETTER');
    INSERT INTO @id (job_id)
    SELECT DISTINCT CONVERT(bigint, i.[value])
    FROM OPENJSON((SELECT c.value FROM @condition AS c WHERE c.name = N'job_ids')) AS i;
    INSERT INTO @job_type (job_type)
    SELECT DISTINCT i.[value] COLLATE Latin1_General_100_BIN2
    FROM OPENJSON((SELECT c.value FROM @condition AS c WHERE c.name = N'job_types')) AS i
    WHERE LEN(i.[value]) <= 100;

    SET @has_versions = COALESCE((SELECT d.is_read_committed_snapshot_on FROM sys.databases AS d WHERE d.name = DB_NAME()), 0);

    -- Planned anew each time: a condition that is not given must not keep the others from their index, statuses are literals then,
    -- as the conditions of indexes are, and of the two ways to read the jobs one is left.
    INSERT INTO #matching_jobs (job_id)
    SELECT TOP (@most) j.job_id
    FROM (
        SELECT v.job_id, v.job_type, v.subject, v.status, v.correlation_id, v.source_page_id, v.dag_node_id, v.input,
            v.available_at, v.cancel_requested, v.last_error_code, v.last_error, v.created_at
        FROM llm.job AS v
        WHERE @has_versions = 1
        UNION ALL
        SELECT f.job_id, f.job_type, f.subject, f.status, f.correlation_id, f.source_page_id, f.dag_node_id, f.input,
            f.available_at, f.cancel_requested, f.last_error_code, f.last_error, f.created_at
        FROM llm.job AS f WITH (READPAST, ROWLOCK, READCOMMITTEDLOCK)
        WHERE @has_versions = 0
    ) AS j
    WHERE ((j.status = N'NEW' AND @new = 1) OR (j.status = N'SCHEDULED' AND @scheduled = 1)
            OR (j.status = N'RUNNING' AND @running = 1) OR (j.status = N'SUCCEEDED' AND @succeeded = 1)
            OR (j.status = N'DEADLETTER' AND @dead = 1) OR (j.status = N'CANCELLED' AND @cancelled = 1))
      AND NOT (j.status = N'RUNNING' AND j.cancel_requested = 1)
      AND j.job_id > COALESCE(@after, 0)
      AND (@available_at IS NULL OR j.available_at <> @available_at)
      AND (@has_ids = 0 OR j.job_id IN (SELECT i.job_id FROM @id AS i))
      AND (@has_types = 0 OR j.job_type IN (SELECT t.job_type FROM @job_type AS t))
      AND (@subject_like IS NULL OR LOWER(j.subject) LIKE @subject_like ESCAPE N'\')
      AND (@correlation_id IS NULL OR j.correlation_id = @correlation_id)
      AND (@error_code IS NULL OR j.last_error_code = @error_code)
      AND (@error_group IS NULL OR llm.fn_error_group(j.last_error_code, j.last_error) = @error_group COLLATE Latin1_General_100_BIN2)
      AND (@dag_node_id IS NULL OR j.dag_node_id = @dag_node_id)
      AND (@dag_id IS NULL OR (j.dag_node_id IS NOT NULL
          AND j.dag_node_id IN (SELECT n.dag_node_id FROM llm.dag_node AS n WHERE n.dag_id = @dag_id)))
      AND (@older_than IS NULL OR j.created_at < @older_than)
      AND (@created_before IS NULL OR j.created_at < @created_before)
      AND (@source_like IS NULL OR EXISTS (
          SELECT 1 FROM ingest.source_page AS s
          WHERE s.source_page_id = j.source_page_id AND s.external_id LIKE @source_like ESCAPE N'\'))
      AND (@entity_type IS NULL OR EXISTS (
          SELECT 1 FROM kb.assertion AS a
          WHERE a.source_page_id = j.source_page_id AND a.item_kind = N'entity' AND a.retracted_at IS NULL
            AND JSON_VALUE(a.keys, N'$.type_key') = @entity_type COLLATE Latin1_General_100_BIN2)
          OR EXISTS (
          SELECT 1 FROM kb.dim_entity AS e
          WHERE e.entity_id IN (TRY_CONVERT(bigint, JSON_VALUE(j.input, N'$.entity_id')),
                  TRY_CONVERT(bigint, JSON_VALUE(j.input, N'$.first_entity_id')),
                  TRY_CONVERT(bigint, JSON_VALUE(j.input, N'$.second_entity_id')))
            AND LOWER(e.entity_type) = @entity_type))
    ORDER BY j.job_id
    OPTION (RECOMPILE);
END;
