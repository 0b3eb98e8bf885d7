-- Purpose:     have entities that a job of many pages spoke of looked at again, because their evidence changed; internal.
-- Parameters:  @entity_ids json array; @cause for the jobs' keys: what changed, once; @now UTC;
--              @correlation_id of what set it off (null = one of their own, shared).
-- Returns:     @result, how many jobs were made.
-- Errors:      none.
-- Idempotency: one job a cause; none where one made here waits: it will read what this transaction wrote.
CREATE OR ALTER PROCEDURE kb.usp_enqueue_subjects
    @entity_ids nvarchar(max), @cause nvarchar(max), @now datetime2(3), @correlation_id uniqueidentifier = NULL, @result int = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @jobs nvarchar(max), @correlation nvarchar(36) = LOWER(CONVERT(nvarchar(36), COALESCE(@correlation_id, NEWID())));
    SET @result = 0;
    IF NOT EXISTS (SELECT 1 FROM kb.extraction AS x WHERE x.subject_key <> N'')
        AND NOT EXISTS (SELECT 1 FROM kb.assertion AS a WHERE a.subject_key <> N'' AND a.retracted_at IS NULL)
        AND NOT EXISTS (
            SELECT 1
            FROM llm.job_type AS t
            JOIN llm.job AS j ON j.job_type = t.job_type AND j.status = N'RUNNING'
            WHERE t.handler = N'enrichment')
        RETURN;
    CREATE TABLE #asked_master (entity_id bigint NOT NULL PRIMARY KEY);
    CREATE TABLE #asked_subject (
        job_type     nvarchar(100)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        entity_id    bigint         NOT NULL,
        entity_name  nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        prefix       nvarchar(200)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        job_id       bigint         NULL,
        PRIMARY KEY (job_type, entity_id)
    );
    INSERT INTO #asked_master (entity_id)
    SELECT DISTINCT m.entity_id
    FROM (SELECT kb.fn_master_entity(CONVERT(bigint, i.[value])) AS entity_id FROM OPENJSON(@entity_ids) AS i WHERE i.[type] = 2) AS m
    WHERE m.entity_id IS NOT NULL;
    INSERT INTO #asked_subject (job_type, entity_id, entity_name, prefix)
    SELECT t.job_type, e.entity_id, e.entity_name, CONCAT(t.job_type, N':entity:', e.entity_id)
    FROM #asked_master AS m
    JOIN kb.dim_entity AS e ON e.entity_id = m.entity_id
    CROSS APPLY kb.fn_enriching_types(m.entity_id) AS t;
    -- Locked, it is not claimed before this transaction has ended; one that is being claimed is passed over.
    UPDATE s
    SET job_id = w.job_id
    FROM #asked_subject AS s
    CROSS APPLY (
        SELECT TOP (1) j.job_id
        FROM llm.job AS j WITH (INDEX (ux_job_dedupe_key), FORCESEEK, UPDLOCK, READPAST, ROWLOCK, READCOMMITTEDLOCK)
        WHERE j.dedupe_key >= s.prefix + N':' AND j.dedupe_key < s.prefix + N';' AND j.status IN (N'NEW', N'SCHEDULED')) AS w;

    SELECT @jobs = N'[' + STRING_AGG(CONVERT(nvarchar(max), k.job), N',') WITHIN GROUP (ORDER BY k.job_type, k.entity_id) + N']'
    FROM (
        SELECT s.job_type, s.entity_id, CONCAT(N'{"job_type":', llm.fn_json_string(s.job_type), N',"subject":',
            llm.fn_json_string(s.entity_name), N',"input":{"entity_id":', s.entity_id, N'},"dedupe_key":',
            llm.fn_json_string(s.prefix + N':' + @cause), N',"correlation_id":"', @correlation, N'"}') AS job
        FROM #asked_subject AS s
        WHERE s.job_id IS NULL) AS k;
    DROP TABLE #asked_master;
    DROP TABLE #asked_subject;
    IF @jobs IS NULL
        RETURN;
    CREATE TABLE #enqueue_jobs (
        ordinal  bigint         NOT NULL,
        job_id   bigint         NULL,
        status   nvarchar(40)   COLLATE Latin1_General_100_BIN2 NULL,
        created  bit            NULL,
        hint     nvarchar(1000) COLLATE Latin1_General_100_BIN2 NULL
    );
    EXEC llm.usp_enqueue_jobs @jobs = @jobs, @now = @now, @into_caller = 1;
    SELECT @result = COUNT(*) FROM #enqueue_jobs AS q WHERE q.created = 1;
    DROP TABLE #enqueue_jobs;
END;
