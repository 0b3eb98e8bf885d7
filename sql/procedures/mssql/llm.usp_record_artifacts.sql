-- Purpose:     record where a run's files lie in the lake.
-- Parameters:  @run_id; @artifacts json array of {artifact_type, lake_uri, content_sha256, byte_count}.
-- Returns:     the number of rows that were new.
-- Errors:      none; not fenced: it only says what happened.
-- Idempotency: a known file stays as it is, unless it was written again with other content.
CREATE OR ALTER PROCEDURE llm.usp_record_artifacts @run_id uniqueidentifier, @artifacts nvarchar(max)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @inserted bigint;
    DECLARE @given TABLE (
        position         int            NOT NULL PRIMARY KEY,
        artifact_type    nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        lake_uri         nvarchar(2000) COLLATE Latin1_General_100_BIN2 NOT NULL,
        lake_uri_sha256  binary(32)     NOT NULL,
        content_sha256   nvarchar(64)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        byte_count       bigint         NOT NULL
    );
    BEGIN TRY
        BEGIN TRANSACTION;
        INSERT INTO @given (position, artifact_type, lake_uri, lake_uri_sha256, content_sha256, byte_count)
        SELECT ROW_NUMBER() OVER (ORDER BY h.lake_uri_sha256), a.artifact_type, a.lake_uri, h.lake_uri_sha256, a.content_sha256,
            a.byte_count
        FROM OPENJSON(@artifacts) WITH (
            artifact_type nvarchar(max) '$.artifact_type', lake_uri nvarchar(max) '$.lake_uri',
            content_sha256 nvarchar(max) '$.content_sha256', byte_count bigint '$.byte_count') AS a
        CROSS APPLY (SELECT CONVERT(binary(32), HASHBYTES('SHA2_256', a.lake_uri)) AS lake_uri_sha256) AS h;

        UPDATE k
        SET content_sha256 = g.content_sha256, byte_count = g.byte_count, pruned_at = NULL
        FROM @given AS g
        JOIN llm.artifact AS k WITH (UPDLOCK, HOLDLOCK) ON k.run_id = @run_id AND k.lake_uri_sha256 = g.lake_uri_sha256
        WHERE k.content_sha256 <> g.content_sha256 OR k.pruned_at IS NOT NULL
        OPTION (FORCE ORDER, LOOP JOIN);
        SET @inserted = @@ROWCOUNT;
        INSERT INTO llm.artifact (run_id, artifact_type, lake_uri, content_sha256, byte_count)
        SELECT @run_id, g.artifact_type, g.lake_uri, g.content_sha256, g.byte_count
        FROM @given AS g
        WHERE NOT EXISTS (
            SELECT 1 FROM llm.artifact AS k WITH (UPDLOCK, HOLDLOCK)
            WHERE k.run_id = @run_id AND k.lake_uri_sha256 = g.lake_uri_sha256)
        ORDER BY g.position
        OPTION (LOOP JOIN);
        SET @inserted += @@ROWCOUNT;
        COMMIT TRANSACTION;
        SELECT @inserted AS inserted;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
