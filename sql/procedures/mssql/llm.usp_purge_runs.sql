-- Purpose:     erase old attempts with their calls and the rows of their artifacts.
-- Parameters:  @older_than UTC instant of ending; @limit most runs that this call looks at; @after only runs that this engine
--              orders behind that run_id (by its last twelve digits first, which are its job's id); @dry_run counts those of
--              this step and erases nothing; @into_caller 1: no result set, the row goes to @purged, @seen and @last_run_id.
-- Returns:     purged; seen; last_run_id of those seen: the next call goes on after it; none seen: it was the last.
-- Errors:      INVALID_PAYLOAD for a negative limit.
-- Idempotency: yes. Never a run of a job that is not archived yet, of which live knowledge, a standing decision about
--              identity or an answer about a database holds something, whose answers a replay would apply or applied, or of
--              which a file is still in the lake (llm.usp_prune_artifacts goes before).
CREATE OR ALTER PROCEDURE llm.usp_purge_runs
    @older_than datetime2(3), @limit int = 1000, @after uniqueidentifier = NULL, @dry_run bit = 0, @into_caller bit = 0,
    @purged bigint = NULL OUTPUT, @seen bigint = NULL OUTPUT, @last_run_id uniqueidentifier = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @most int, @behind uniqueidentifier = COALESCE(@after, CONVERT(uniqueidentifier, N'00000000-0000-0000-0000-000000000000'));
    CREATE TABLE #seen_run (run_id uniqueidentifier NOT NULL PRIMARY KEY);
    CREATE TABLE #gone_run (run_id uniqueidentifier NOT NULL PRIMARY KEY);
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC llm.fn_checked_limit @limit = @limit, @result = @most OUTPUT;
        INSERT INTO #seen_run (run_id)
        SELECT TOP (@most) r.run_id FROM llm.run AS r WHERE r.run_id > @behind ORDER BY r.run_id;
        SET @seen = @@ROWCOUNT;
        SET @last_run_id = (SELECT TOP (1) s.run_id FROM #seen_run AS s ORDER BY s.run_id DESC);

        INSERT INTO #gone_run (run_id)
        SELECT r.run_id
        FROM #seen_run AS s
        JOIN llm.run AS r ON r.run_id = s.run_id
        WHERE r.finished_at < @older_than
          AND NOT EXISTS (SELECT 1 FROM llm.job AS j WHERE j.job_id = r.job_id)
          AND NOT EXISTS (SELECT 1 FROM kb.assertion AS a WHERE a.run_id = r.run_id AND a.retracted_at IS NULL)
          AND NOT EXISTS (
              SELECT 1 FROM kb.identity_decision AS d
              WHERE d.run_id = r.run_id AND d.run_id IS NOT NULL AND d.undone_at IS NULL)
          -- What was computed is computed again; what a model said of a database counts until it says something else.
          AND NOT EXISTS (SELECT 1 FROM onto.answer AS o WHERE o.run_id = r.run_id AND o.model IS NOT NULL)
          -- What a replay would start from: the last answers of a current page, or about an entity.
          AND NOT EXISTS (
              SELECT 1
              FROM kb.extraction AS x
              WHERE x.run_id = r.run_id AND x.source_page_id IS NOT NULL
                AND NOT EXISTS (
                    SELECT 1 FROM ingest.source_page AS p
                    WHERE p.source_page_id = x.source_page_id AND p.superseded_at IS NOT NULL)
                AND NOT EXISTS (
                    SELECT 1 FROM kb.extraction AS n
                    WHERE n.source_page_id = x.source_page_id AND n.job_type = x.job_type AND n.extraction_id > x.extraction_id))
          AND NOT EXISTS (
              SELECT 1
              FROM kb.extraction AS x
              WHERE x.run_id = r.run_id AND x.source_page_id IS NULL AND NOT EXISTS (
                  SELECT 1 FROM kb.extraction AS n
                  WHERE n.subject_key_sha256 = x.subject_key_sha256 AND n.subject_key = x.subject_key AND n.subject_key <> N''
                    AND n.job_type = x.job_type AND n.extraction_id > x.extraction_id))
          -- What a replay applied is told by the key of its job.
          AND NOT EXISTS (
              SELECT 1
              FROM kb.extraction AS x
              CROSS APPLY (SELECT CONCAT(N'replay:', x.job_type, N':', LOWER(CONVERT(nvarchar(36), x.run_id))) AS prefix) AS k
              WHERE x.run_id = r.run_id AND (
                  EXISTS (SELECT 1 FROM llm.job AS j
                          WHERE j.dedupe_key >= CONCAT(k.prefix, N':') AND j.dedupe_key < CONCAT(k.prefix, N';'))
                  OR EXISTS (SELECT 1 FROM llm.job_archive AS j
                             WHERE j.status = N'SUCCEEDED' AND j.dedupe_key >= CONCAT(k.prefix, N':')
                               AND j.dedupe_key < CONCAT(k.prefix, N';'))))
          -- Of a run without rows nobody could tell whether its files may go; those of a cached answer stay.
          AND NOT EXISTS (SELECT 1 FROM llm.artifact AS f WHERE f.run_id = r.run_id AND f.pruned_at IS NULL);
        SET @purged = @@ROWCOUNT;

        IF @dry_run = 0
        BEGIN
            DELETE c FROM #gone_run AS g JOIN llm.call AS c ON c.run_id = g.run_id;
            DELETE a FROM #gone_run AS g JOIN llm.artifact AS a ON a.run_id = g.run_id;
            DELETE r FROM #gone_run AS g JOIN llm.run AS r ON r.run_id = g.run_id;
        END;
        COMMIT TRANSACTION;
        IF @into_caller = 0 SELECT @purged AS purged, @seen AS seen, @last_run_id AS last_run_id;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
