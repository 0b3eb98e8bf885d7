-- Purpose:     erase a page: all its versions, chunks, jobs, runs and answers, and everything that rests on it alone.
-- Parameters:  @source_system, @external_id; @dry_run counts and erases nothing; @now UTC, default the server's clock.
-- Returns:     pages (versions), chunks, assertions, entities (that nothing else speaks of), decisions (whose words went, with
--              what they were about or because only the page has them), jobs, runs, artifacts (json array of lake URIs that
--              the caller deletes).
-- Errors:      NOT_FOUND; INVALID_STATE while a job runs that is about the page or may have been shown it.
-- Idempotency: a page that is gone is NOT_FOUND. Routing waits.
-- What a model said of an entity with evidence from many pages, this one among them, is erased too, and asked again without
-- it; what is left is then what would be there had the page never been.
CREATE OR ALTER PROCEDURE kb.usp_forget_page
    @source_system nvarchar(max), @external_id nvarchar(max), @dry_run bit = 0, @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @held int, @text nvarchar(max), @cause nvarchar(100),
        @source_page_ids nvarchar(max), @entity_ids nvarchar(max), @named_ids nvarchar(max), @job_ids nvarchar(max),
        @question_ids nvarchar(max), @touched_ids nvarchar(max), @assertion_ids nvarchar(max), @run_ids nvarchar(max),
        @asked_run_ids nvarchar(max), @gone_ids nvarchar(max), @word_ids nvarchar(max), @artifacts nvarchar(max), @pages int,
        @chunks int, @assertions int, @entities int, @decisions int, @word_decisions int, @row_decisions int, @jobs int, @runs int,
        @message nvarchar(2048);
    CREATE TABLE #page_of_scope (source_page_id bigint NOT NULL PRIMARY KEY);
    CREATE TABLE #entity_of_scope (
        entity_id           bigint         NOT NULL PRIMARY KEY,
        is_own              bit            NOT NULL,
        subject_key         nvarchar(2300) COLLATE Latin1_General_100_BIN2 NOT NULL,
        subject_key_sha256  binary(32)     NOT NULL
    );
    CREATE TABLE #job_of_scope (job_id bigint NOT NULL PRIMARY KEY);
    CREATE TABLE #assertion_of_scope (assertion_id bigint NOT NULL PRIMARY KEY);
    CREATE TABLE #name_of_scope (name_key_sha256 binary(32) NOT NULL PRIMARY KEY);
    CREATE TABLE #gone_subject (
        subject_key_sha256  binary(32)     NOT NULL PRIMARY KEY,
        subject_key         nvarchar(2300) COLLATE Latin1_General_100_BIN2 NOT NULL
    );
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC llm.usp_take_lock @resource = N'sproute.kb', @mode = N'Exclusive';
        SELECT @source_page_ids = s.source_page_ids, @entity_ids = s.entity_ids, @named_ids = s.named_ids, @job_ids = s.job_ids,
            @question_ids = s.question_ids
        FROM kb.fn_forget_scope(@source_system, @external_id) AS s;
        IF @source_page_ids = N'[]'
        BEGIN
            SET @message = CONCAT(N'NOT_FOUND: no page ', LEFT(@external_id, 1700), N' of ', LEFT(@source_system, 200), NCHAR(10),
                N'HINT: sproute page ls lists the pages.');
            THROW 50012, @message, 1;
        END;
        INSERT INTO #page_of_scope (source_page_id) SELECT CONVERT(bigint, i.[value]) FROM OPENJSON(@source_page_ids) AS i;
        INSERT INTO #job_of_scope (job_id)
        SELECT CONVERT(bigint, i.[value]) FROM OPENJSON(@job_ids) AS i
        UNION
        SELECT CONVERT(bigint, i.[value]) FROM OPENJSON(@question_ids) AS i;
        INSERT INTO #entity_of_scope (entity_id, is_own, subject_key, subject_key_sha256)
        SELECT e.entity_id, x.is_own, k.subject_key, CONVERT(binary(32), HASHBYTES('SHA2_256', k.subject_key))
        FROM (
            SELECT CONVERT(bigint, i.[value]) AS entity_id, 1 AS is_own FROM OPENJSON(@entity_ids) AS i
            UNION ALL
            SELECT CONVERT(bigint, i.[value]), 0 FROM OPENJSON(@named_ids) AS i
        ) AS x
        JOIN kb.dim_entity AS e ON e.entity_id = x.entity_id
        CROSS APPLY (SELECT CONCAT(e.name_key, NCHAR(31), e.type_family, NCHAR(31), e.disambiguator) AS subject_key) AS k;
        SELECT @touched_ids = CONCAT(N'[', STRING_AGG(CONVERT(nvarchar(max), e.entity_id), N','), N']') FROM #entity_of_scope AS e;
        SELECT @held = COUNT(*)
        FROM #page_of_scope AS p
        JOIN ingest.source_page AS s WITH (UPDLOCK, ROWLOCK) ON s.source_page_id = p.source_page_id
        OPTION (LOOP JOIN, FORCE ORDER, MAXDOP 1);
        -- Whoever reads evidence of these before is seen running below, whoever wants to read it now waits.
        INSERT INTO #name_of_scope (name_key_sha256)
        SELECT DISTINCT e.name_key_sha256 FROM #entity_of_scope AS i JOIN kb.dim_entity AS e ON e.entity_id = i.entity_id;
        SELECT @held = COUNT(*)
        FROM #name_of_scope AS k
        JOIN kb.name AS n WITH (UPDLOCK, ROWLOCK) ON n.name_key_sha256 = k.name_key_sha256
        OPTION (LOOP JOIN, FORCE ORDER, MAXDOP 1);
        DELETE FROM #name_of_scope;
        SELECT @held = COALESCE(SUM(IIF(j.status = N'RUNNING', 1, 0)), 0)
        FROM #job_of_scope AS i
        JOIN llm.job AS j WITH (UPDLOCK, ROWLOCK) ON j.job_id = i.job_id
        OPTION (LOOP JOIN, FORCE ORDER, MAXDOP 1);
        IF @held > 0
        BEGIN
            SET @message = CONCAT(N'INVALID_STATE: a job is running that is about the page, or may have been shown it', NCHAR(10),
                N'HINT: Cancel it, or wait until it has ended; nothing was erased.');
            THROW 50010, @message, 1;
        END;

        -- A dry run does all of it and takes it back: the figures are those of the erasing.
        SAVE TRANSACTION forget_page;
        INSERT INTO #assertion_of_scope (assertion_id)
        SELECT a.assertion_id FROM #page_of_scope AS p JOIN kb.assertion AS a ON a.source_page_id = p.source_page_id
        UNION
        SELECT a.assertion_id
        FROM #entity_of_scope AS e
        JOIN kb.assertion AS a ON a.subject_key_sha256 = e.subject_key_sha256 AND a.subject_key = e.subject_key
            AND a.subject_key <> N''
        WHERE e.is_own = 1;
        SET @assertions = @@ROWCOUNT;
        SELECT @pages = COUNT(*) FROM #page_of_scope AS p;
        SELECT @assertion_ids = CONCAT(N'[', STRING_AGG(CONVERT(nvarchar(max), a.assertion_id), N','), N']') FROM #assertion_of_scope AS a;
        SELECT @run_ids = CONCAT(N'[', STRING_AGG(CONVERT(nvarchar(max), CONCAT(N'"', x.run_id, N'"')), N','), N']')
        FROM (
            SELECT a.run_id
            FROM #page_of_scope AS p
            JOIN kb.assertion AS a ON a.source_page_id = p.source_page_id AND a.subject_key = N''
            WHERE a.run_id IS NOT NULL
            UNION
            SELECT x.run_id FROM #page_of_scope AS p JOIN kb.extraction AS x ON x.source_page_id = p.source_page_id
        ) AS x;
        SELECT @asked_run_ids = CONCAT(N'[', STRING_AGG(CONVERT(nvarchar(max), CONCAT(N'"', x.run_id, N'"')), N','), N']')
        FROM (
            SELECT a.run_id
            FROM #assertion_of_scope AS i
            JOIN kb.assertion AS a ON a.assertion_id = i.assertion_id
            WHERE a.run_id IS NOT NULL AND a.subject_key <> N''
            UNION
            SELECT x.run_id
            FROM #entity_of_scope AS e
            JOIN kb.extraction AS x ON x.subject_key_sha256 = e.subject_key_sha256 AND x.subject_key = e.subject_key
                AND x.subject_key <> N''
            WHERE e.is_own = 1
        ) AS x;
        INSERT INTO #name_of_scope (name_key_sha256)
        SELECT DISTINCT r.name_key_sha256 FROM #assertion_of_scope AS i JOIN kb.resolution AS r ON r.assertion_id = i.assertion_id;
        WITH node (value, type) AS (
            SELECT o.[value] COLLATE Latin1_General_100_BIN2, o.[type]
            FROM #page_of_scope AS p
            JOIN ingest.source_page AS s ON s.source_page_id = p.source_page_id
            CROSS APPLY OPENJSON(s.metadata) AS o
            UNION ALL
            SELECT o.[value] COLLATE Latin1_General_100_BIN2, o.[type]
            FROM #page_of_scope AS p
            JOIN kb.assertion AS a ON a.source_page_id = p.source_page_id AND a.subject_key = N''
            CROSS APPLY OPENJSON(a.payload) AS o
            UNION ALL
            SELECT o.[value] COLLATE Latin1_General_100_BIN2, o.[type]
            FROM node AS n
            CROSS APPLY OPENJSON(IIF(n.type IN (4, 5), n.value, N'[]')) AS o
        )
        SELECT @text = LOWER(STRING_AGG(t.text, N' ') COLLATE DATABASE_DEFAULT)
        FROM (
            SELECT CONCAT(s.title, N' ', s.external_id, N' ', s.content, N' ', z.content) COLLATE Latin1_General_100_BIN2 AS text
            FROM #page_of_scope AS p
            JOIN ingest.source_page AS s ON s.source_page_id = p.source_page_id
            LEFT JOIN ingest.page_archive AS z ON z.source_page_id = s.source_page_id
            UNION ALL
            SELECT n.value FROM node AS n WHERE n.type = 1
        ) AS t
        OPTION (MAXRECURSION 0);

        EXEC kb.usp_erase_assertions @assertion_ids = @assertion_ids, @now = @at;
        DELETE FROM c FROM kb.page_classification AS c JOIN #page_of_scope AS p ON p.source_page_id = c.source_page_id;
        DELETE FROM x FROM kb.extraction AS x JOIN #page_of_scope AS p ON p.source_page_id = x.source_page_id;
        DELETE FROM kb.identity_split_page
        WHERE source_system = @source_system AND external_id = @external_id
          AND external_id_sha256 = CONVERT(binary(32), HASHBYTES('SHA2_256', @external_id));
        SET @gone_ids = kb.fn_unspoken_entities(@touched_ids);
        SELECT @entities = COUNT(*) FROM OPENJSON(@gone_ids) AS i;
        INSERT INTO #gone_subject (subject_key_sha256, subject_key)
        SELECT e.subject_key_sha256, e.subject_key
        FROM OPENJSON(@gone_ids) AS i
        JOIN #entity_of_scope AS e ON e.entity_id = CONVERT(bigint, i.[value]);
        INSERT INTO #name_of_scope (name_key_sha256)
        SELECT DISTINCT e.name_key_sha256
        FROM OPENJSON(@gone_ids) AS i
        JOIN kb.dim_entity AS e ON e.entity_id = CONVERT(bigint, i.[value])
        WHERE NOT EXISTS (SELECT 1 FROM #name_of_scope AS k WHERE k.name_key_sha256 = e.name_key_sha256);
        EXEC kb.usp_forget_entities @entity_ids = @gone_ids, @now = @at, @result = @decisions OUTPUT;
        EXEC kb.usp_forget_words @source_page_ids = @source_page_ids, @text = @text, @entity_ids = @touched_ids, @now = @at,
            @decisions = @word_decisions OUTPUT, @result_entity_ids = @word_ids OUTPUT;
        SELECT @touched_ids = CONCAT(N'[', STRING_AGG(CONVERT(nvarchar(max), x.id), N','), N']')
        FROM (
            SELECT i.[value] AS id FROM OPENJSON(@touched_ids) AS i
            UNION
            SELECT i.[value] FROM OPENJSON(@word_ids) AS i
        ) AS x;
        EXEC kb.usp_forget_rows @entity_ids = @touched_ids;
        EXEC kb.usp_forget_audit @entity_ids = @touched_ids, @now = @at, @result = @row_decisions OUTPUT;
        SET @decisions += @word_decisions + @row_decisions;
        EXEC kb.usp_forget_jobs @job_ids = @job_ids, @run_ids = @run_ids, @question_ids = @question_ids,
            @asked_run_ids = @asked_run_ids, @entity_ids = @gone_ids, @jobs = @jobs OUTPUT, @runs = @runs OUTPUT,
            @artifacts = @artifacts OUTPUT;
        DELETE FROM x
        FROM kb.extraction AS x
        JOIN #gone_subject AS g ON g.subject_key_sha256 = x.subject_key_sha256 AND g.subject_key = x.subject_key
        WHERE x.subject_key <> N'';
        UPDATE x
        SET subject_group = k.subject_group
        FROM kb.extraction AS x
        CROSS APPLY (
            SELECT CONCAT(N'[', STRING_AGG(llm.fn_json_string(o.[value]), N',') WITHIN GROUP (
                ORDER BY o.[value] COLLATE Latin1_General_100_BIN2), N']') AS subject_group
            FROM OPENJSON(x.subject_group) AS o
            WHERE NOT EXISTS (SELECT 1 FROM #gone_subject AS g WHERE g.subject_key = o.[value] COLLATE Latin1_General_100_BIN2)
        ) AS k
        WHERE x.subject_key <> N''
          AND EXISTS (
              SELECT 1
              FROM OPENJSON(x.subject_group) AS o
              JOIN #gone_subject AS g ON g.subject_key = o.[value] COLLATE Latin1_General_100_BIN2);
        DELETE FROM n
        FROM kb.name AS n
        JOIN #name_of_scope AS k ON k.name_key_sha256 = n.name_key_sha256
        WHERE NOT EXISTS (SELECT 1 FROM kb.dim_entity AS e WHERE e.name_key_sha256 = n.name_key_sha256);
        DELETE FROM c FROM ingest.chunk AS c JOIN #page_of_scope AS p ON p.source_page_id = c.source_page_id;
        SET @chunks = @@ROWCOUNT;
        DELETE FROM s FROM ingest.source_page AS s JOIN #page_of_scope AS p ON p.source_page_id = s.source_page_id;
        IF @dry_run = 1
            ROLLBACK TRANSACTION forget_page;
        ELSE
        BEGIN
            SELECT @cause = CONCAT(N'forget:', i.[value]) FROM OPENJSON(@source_page_ids) AS i WHERE i.[key] = N'0';
            EXEC kb.usp_enqueue_subjects @entity_ids = @entity_ids, @cause = @cause, @now = @at;
        END;
        COMMIT TRANSACTION;
        IF COALESCE(@dry_run, 0) = 0
        BEGIN
            -- It is erased, and who called has to hear which artifacts go, whether statistics could be gathered or not.
            SET XACT_ABORT OFF;
            BEGIN TRY
                EXEC kb.usp_forget_statistics;
            END TRY
            BEGIN CATCH
                IF XACT_STATE() = -1
                    THROW;
            END CATCH;
        END;
        SELECT @pages AS pages, @chunks AS chunks, @assertions AS assertions, @entities AS entities, @decisions AS decisions, @jobs AS jobs,
            @runs AS runs, @artifacts AS artifacts;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
