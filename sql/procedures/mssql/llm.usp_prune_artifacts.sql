-- Purpose:     decide which runs of the lake nobody needs any more, and note that their files go. The caller removes the
--              files afterwards; a row that is noted may have its file or not, and a later call decides the same again.
-- Parameters:  @runs json array of {run_id, lake_uris: [...]}, the runs that the lake holds, 1 000 at most;
--              @older_than UTC instant of the run's end; @dry_run notes nothing; @now UTC, default the server's clock.
-- Returns:     a row a run: run_id; verdict: pruned, or why it stays: running, young, live (assertions, decisions or what is
--              known of a database rest on it), replay (what was routed last for its page or subject), unknown (this database has no such run);
--              kept: json array of those of its lake_uris that stay nevertheless: answers in the response cache and the
--              manifest that speaks of them.
-- Errors:      INVALID_PAYLOAD for more than 1 000 runs.
-- Idempotency: yes.
CREATE OR ALTER PROCEDURE llm.usp_prune_artifacts
    @runs nvarchar(max), @older_than datetime2(3), @dry_run bit = 0, @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @count int, @message nvarchar(2048);
    CREATE TABLE #given (
        ordinal    int              IDENTITY(1, 1) NOT NULL PRIMARY KEY,
        run_id     uniqueidentifier NULL,
        lake_uris  nvarchar(max)    COLLATE Latin1_General_100_BIN2 NULL,
        verdict    nvarchar(40)     COLLATE Latin1_General_100_BIN2 NULL
    );
    CREATE TABLE #file (
        file_no          int              IDENTITY(1, 1) NOT NULL PRIMARY KEY,
        run_id           uniqueidentifier NULL,
        lake_uri         nvarchar(4000)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        lake_uri_sha256  binary(32)       NOT NULL,
        is_manifest      bit              NOT NULL,
        is_cached        bit              NOT NULL,
        stays            bit              NOT NULL
    );
    SELECT @count = COUNT(*) FROM OPENJSON(@runs) AS r;
    IF @count > 1000
    BEGIN
        SET @message = CONCAT(N'INVALID_PAYLOAD: ', @count, N' runs in one call', NCHAR(10), N'HINT: At most 1 000 a call.');
        THROW 50004, @message, 1;
    END;
    BEGIN TRY
        BEGIN TRANSACTION;
        INSERT INTO #given (run_id, lake_uris)
        SELECT CONVERT(uniqueidentifier, JSON_VALUE(r.[value], '$.run_id')), JSON_QUERY(r.[value], '$.lake_uris')
        FROM OPENJSON(@runs) AS r;
        INSERT INTO #file (run_id, lake_uri, lake_uri_sha256, is_manifest, is_cached, stays)
        SELECT u.run_id, u.lake_uri, u.lake_uri_sha256, IIF(u.lake_uri LIKE N'%/manifest.json', 1, 0),
            IIF(EXISTS (SELECT 1 FROM llm.response_cache AS c
                        WHERE c.lake_uri_sha256 = u.lake_uri_sha256 AND c.lake_uri = u.lake_uri), 1, 0), 0
        FROM (SELECT g.run_id, CONVERT(nvarchar(4000), f.[value]) COLLATE Latin1_General_100_BIN2 AS lake_uri,
                  CONVERT(binary(32), HASHBYTES('SHA2_256', CONVERT(nvarchar(4000), f.[value]))) AS lake_uri_sha256
              FROM #given AS g
              CROSS APPLY OPENJSON(g.lake_uris) AS f) AS u;
        UPDATE f
        SET stays = 1
        FROM #file AS f
        WHERE f.is_cached = 1
           OR (f.is_manifest = 1 AND EXISTS (SELECT 1 FROM #file AS o WHERE o.run_id = f.run_id AND o.is_cached = 1));

        UPDATE g
        SET verdict = CASE
            WHEN EXISTS (SELECT 1 FROM llm.job AS j WHERE j.status = N'RUNNING' AND j.run_id = g.run_id) THEN N'running'
            WHEN r.run_id IS NULL AND a.created_at IS NULL THEN N'unknown'
            WHEN COALESCE(r.finished_at, a.created_at) >= @older_than THEN N'young'
            WHEN EXISTS (SELECT 1 FROM kb.assertion AS s WHERE s.run_id = g.run_id AND s.retracted_at IS NULL)
              OR EXISTS (SELECT 1 FROM kb.identity_decision AS d
                         WHERE d.run_id = g.run_id AND d.run_id IS NOT NULL AND d.undone_at IS NULL)
              OR EXISTS (SELECT 1 FROM onto.answer AS o WHERE o.run_id = g.run_id AND o.model IS NOT NULL) THEN N'live'
            WHEN EXISTS (
                SELECT 1
                FROM kb.extraction AS x
                LEFT JOIN ingest.source_page AS p ON p.source_page_id = x.source_page_id
                CROSS APPLY (
                    SELECT l.job_id, l.run_id
                    FROM kb.extraction AS l
                    WHERE l.extraction_id = CASE
                        WHEN x.source_page_id IS NOT NULL THEN
                            (SELECT MAX(m.extraction_id) FROM kb.extraction AS m
                             WHERE m.source_page_id = x.source_page_id AND m.job_type = x.job_type)
                        ELSE (SELECT MAX(m.extraction_id) FROM kb.extraction AS m
                              WHERE m.subject_key_sha256 = x.subject_key_sha256 AND m.subject_key = x.subject_key
                                AND m.subject_key <> N'' AND m.job_type = x.job_type) END) AS latest
                WHERE x.run_id = g.run_id AND p.superseded_at IS NULL
                  AND g.run_id IN (latest.run_id, llm.fn_source_run(latest.job_id, latest.run_id))) THEN N'replay'
            ELSE N'pruned' END
        FROM #given AS g
        LEFT JOIN llm.run AS r ON r.run_id = g.run_id
        OUTER APPLY (SELECT MAX(k.created_at) AS created_at FROM llm.artifact AS k WHERE k.run_id = g.run_id) AS a;

        IF @dry_run = 0
            UPDATE k
            SET pruned_at = @at
            FROM #given AS g
            JOIN #file AS f ON f.run_id = g.run_id AND f.stays = 0
            JOIN llm.artifact AS k ON k.run_id = f.run_id AND k.lake_uri_sha256 = f.lake_uri_sha256 AND k.lake_uri = f.lake_uri
            WHERE g.verdict = N'pruned' AND k.pruned_at IS NULL;
        COMMIT TRANSACTION;
        SELECT g.run_id, g.verdict, CONCAT(N'[', (
            SELECT STRING_AGG(llm.fn_json_string(f.lake_uri), N',') WITHIN GROUP (ORDER BY f.lake_uri)
            FROM #file AS f
            WHERE f.run_id = g.run_id AND f.stays = 1), N']') AS kept
        FROM #given AS g
        ORDER BY g.run_id;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
