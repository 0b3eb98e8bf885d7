-- Purpose:     what a replay job is to apply: where the stored answers of its source run lie.
-- Parameters:  @job_id of a job whose input says {"replay": {"run_id": ...}}; @into_caller 1: no result set, the row goes to
--              @run_id, @lake_uri, @content_sha256 and @is_latest (null where there is none).
-- Returns:     run_id of the source; lake_uri and content_sha256 of its output (null if none was recorded); is_latest:
--              nothing else was routed for the page (or entity, as long as it was one with the same others) and job type
--              since. No row if the job replays nothing.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE llm.usp_read_replay_source
    @job_id bigint, @into_caller bit = 0, @run_id uniqueidentifier = NULL OUTPUT, @lake_uri nvarchar(2000) = NULL OUTPUT,
    @content_sha256 nvarchar(64) = NULL OUTPUT, @is_latest bit = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @job_type nvarchar(100), @source_page_id bigint, @entity_id bigint, @subject_key nvarchar(2300),
        @latest uniqueidentifier;
    SELECT @run_id = NULL, @lake_uri = NULL, @content_sha256 = NULL, @is_latest = NULL;
    SELECT @job_type = j.job_type, @source_page_id = j.source_page_id,
        @run_id = TRY_CONVERT(uniqueidentifier, JSON_VALUE(j.input, N'$.replay.run_id')),
        @entity_id = (SELECT TRY_CONVERT(bigint, i.[value]) FROM OPENJSON(j.input) AS i WHERE i.[key] = N'entity_id' AND i.[type] = 2)
    FROM llm.job AS j
    WHERE j.job_id = @job_id;
    IF @run_id IS NOT NULL
    BEGIN
        SELECT TOP (1) @lake_uri = a.lake_uri, @content_sha256 = a.content_sha256
        FROM llm.artifact AS a
        WHERE a.run_id = @run_id AND a.artifact_type = N'output' AND a.pruned_at IS NULL;
        IF @source_page_id IS NOT NULL
            SELECT TOP (1) @latest = llm.fn_source_run(x.job_id, x.run_id)
            FROM kb.extraction AS x
            WHERE x.source_page_id = @source_page_id AND x.job_type = @job_type
            ORDER BY x.extraction_id DESC;
        ELSE
        BEGIN
            SELECT @subject_key = CONCAT(e.name_key, NCHAR(31), e.type_family, NCHAR(31), e.disambiguator)
            FROM kb.dim_entity AS e
            WHERE e.entity_id = @entity_id;
            -- What was said of it together with others, or of a part of what it is now, is not about it.
            SELECT TOP (1) @latest = llm.fn_source_run(x.job_id, x.run_id)
            FROM kb.extraction AS x
            WHERE x.source_page_id IS NULL AND x.job_type = @job_type
              AND x.subject_key_sha256 = CONVERT(binary(32), HASHBYTES('SHA2_256', @subject_key)) AND x.subject_key = @subject_key
              AND x.subject_key <> N''
              AND (NOT EXISTS (SELECT 1 FROM OPENJSON(x.subject_group) AS g)
                  OR (NOT EXISTS (
                          SELECT k.subject_key FROM kb.fn_subject_keys(@entity_id) AS k
                          EXCEPT
                          SELECT g.[value] COLLATE Latin1_General_100_BIN2 FROM OPENJSON(x.subject_group) AS g)
                      AND NOT EXISTS (
                          SELECT g.[value] COLLATE Latin1_General_100_BIN2 FROM OPENJSON(x.subject_group) AS g
                          EXCEPT
                          SELECT k.subject_key FROM kb.fn_subject_keys(@entity_id) AS k)))
            ORDER BY x.extraction_id DESC;
        END;
        SET @is_latest = IIF(@latest = @run_id, 1, 0);
    END;
    IF @into_caller = 0
        SELECT @run_id AS run_id, @lake_uri AS lake_uri, @content_sha256 AS content_sha256, @is_latest AS is_latest
        WHERE @run_id IS NOT NULL;
END;
