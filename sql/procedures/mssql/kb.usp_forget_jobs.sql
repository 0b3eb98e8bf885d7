-- Purpose:     erase jobs, runs and answers; internal.
-- Parameters:  json arrays: @job_ids about a page that goes; @run_ids besides, whose jobs may be gone already; @question_ids of jobs about
--              entities that may have been shown it; @asked_run_ids besides; @entity_ids that go: jobs about them go too.
-- Returns:     jobs and runs that went, artifacts (json array of lake URIs) of all of these runs. Of the other questions the rows
--              stay, without what was said and under what their entities are called now.
-- Errors:      none.
-- Idempotency: yes. Nobody routes meanwhile: the caller holds the lock.
CREATE OR ALTER PROCEDURE kb.usp_forget_jobs
    @job_ids nvarchar(max), @run_ids nvarchar(max), @question_ids nvarchar(max), @asked_run_ids nvarchar(max),
    @entity_ids nvarchar(max), @jobs int = NULL OUTPUT, @runs int = NULL OUTPUT, @artifacts nvarchar(max) = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    CREATE TABLE #gone_job (job_id bigint NOT NULL PRIMARY KEY);
    CREATE TABLE #asked_job (job_id bigint NOT NULL PRIMARY KEY);
    -- is_gone: the run itself goes, not only what was said.
    CREATE TABLE #said_run (run_id uniqueidentifier NOT NULL PRIMARY KEY, is_gone bit NOT NULL);
    INSERT INTO #asked_job (job_id) SELECT DISTINCT CONVERT(bigint, i.[value]) FROM OPENJSON(@question_ids) AS i;
    INSERT INTO #gone_job (job_id)
    SELECT CONVERT(bigint, i.[value]) FROM OPENJSON(@job_ids) AS i
    UNION
    SELECT j.job_id
    FROM (
        SELECT o.job_id, o.job_type, o.input FROM llm.job AS o
        UNION ALL
        SELECT o.job_id, o.job_type, o.input FROM llm.job_archive AS o
    ) AS j
    JOIN llm.job_type AS t ON t.job_type = j.job_type AND t.handler IN (N'enrichment', N'dedupe')
    WHERE EXISTS (
        SELECT 1
        FROM OPENJSON(j.input) AS i
        JOIN OPENJSON(@entity_ids) AS e ON CONVERT(bigint, e.[value]) = TRY_CONVERT(bigint, IIF(i.[type] IN (1, 2), i.[value], NULL))
        WHERE i.[key] IN (N'entity_id', N'first_entity_id', N'second_entity_id'));
    INSERT INTO #said_run (run_id, is_gone)
    SELECT x.run_id, MAX(x.is_gone)
    FROM (
        SELECT CONVERT(uniqueidentifier, i.[value]) AS run_id, 1 AS is_gone FROM OPENJSON(@run_ids) AS i
        UNION ALL
        SELECT r.run_id, 1 FROM #gone_job AS g JOIN llm.run AS r ON r.job_id = g.job_id
        UNION ALL
        SELECT j.run_id, 1 FROM #gone_job AS g JOIN llm.job AS j ON j.job_id = g.job_id
        UNION ALL
        SELECT j.run_id, 1 FROM #gone_job AS g JOIN llm.job_archive AS j ON j.job_id = g.job_id
        UNION ALL
        SELECT CONVERT(uniqueidentifier, i.[value]), 0 FROM OPENJSON(@asked_run_ids) AS i
        UNION ALL
        SELECT r.run_id, 0 FROM #asked_job AS q JOIN llm.run AS r ON r.job_id = q.job_id
        UNION ALL
        SELECT j.run_id, 0 FROM #asked_job AS q JOIN llm.job AS j ON j.job_id = q.job_id
        UNION ALL
        SELECT j.run_id, 0 FROM #asked_job AS q JOIN llm.job_archive AS j ON j.job_id = q.job_id
    ) AS x
    WHERE x.run_id IS NOT NULL
    GROUP BY x.run_id;
    SELECT @jobs = COUNT(*) FROM #gone_job AS g;
    SELECT @artifacts = CONCAT(N'[', STRING_AGG(llm.fn_json_string(x.lake_uri), N',') WITHIN GROUP (ORDER BY x.lake_uri), N']')
    FROM (SELECT DISTINCT f.lake_uri FROM #said_run AS s JOIN llm.artifact AS f ON f.run_id = s.run_id) AS x;

    -- Of a run that was killed the artifacts are not recorded.
    DELETE FROM c
    FROM llm.response_cache AS c
    WHERE c.lake_uri IN (SELECT f.lake_uri FROM #said_run AS s JOIN llm.artifact AS f ON f.run_id = s.run_id)
       OR EXISTS (
           SELECT 1
           FROM #said_run AS s
           WHERE c.lake_uri COLLATE Latin1_General_100_BIN2 LIKE CONCAT(N'%/', LOWER(CONVERT(nvarchar(36), s.run_id)), N'/calls/%'));
    DELETE FROM f FROM llm.artifact AS f JOIN #said_run AS s ON s.run_id = f.run_id;
    DELETE FROM c FROM llm.call AS c JOIN #said_run AS s ON s.run_id = c.run_id AND s.is_gone = 1;
    DELETE FROM r FROM llm.run AS r JOIN #said_run AS s ON s.run_id = r.run_id AND s.is_gone = 1;
    SET @runs = @@ROWCOUNT;
    UPDATE r SET error = NULL FROM llm.run AS r JOIN #said_run AS s ON s.run_id = r.run_id WHERE r.error IS NOT NULL;
    UPDATE d SET run_id = NULL FROM kb.identity_decision AS d JOIN #said_run AS s ON s.run_id = d.run_id AND d.run_id IS NOT NULL AND s.is_gone = 1;
    DELETE FROM e FROM llm.job_event AS e JOIN #gone_job AS g ON g.job_id = e.job_id;
    DELETE FROM j FROM llm.job AS j JOIN #gone_job AS g ON g.job_id = j.job_id;
    DELETE FROM j FROM llm.job_archive AS j JOIN #gone_job AS g ON g.job_id = j.job_id;
    UPDATE j
    SET subject = kb.fn_question_subject(j.input), last_error = NULL
    FROM llm.job AS j
    JOIN #asked_job AS q ON q.job_id = j.job_id;
    UPDATE j
    SET subject = kb.fn_question_subject(j.input), last_error = NULL
    FROM llm.job_archive AS j
    JOIN #asked_job AS q ON q.job_id = j.job_id;
END;
