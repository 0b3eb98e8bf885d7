-- Purpose:     record the chunks of a page under a chunking policy.
-- Parameters:  @source_page_id; @policy_sha256 hex; @chunks json array of {chunk_index, char_start, char_end (UTF-16
--              offsets), token_count, content, content_sha256}.
-- Returns:     the number of chunks that were new.
-- Errors:      none.
-- Idempotency: chunks are a function of page and policy; known ones stay.
CREATE OR ALTER PROCEDURE ingest.usp_put_chunks @source_page_id bigint, @policy_sha256 nvarchar(100), @chunks nvarchar(max)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @inserted bigint, @resource nvarchar(255) = CONCAT(N'sproute.chunks:', @source_page_id);
    BEGIN TRY
        BEGIN TRANSACTION;
        -- Two that store the chunks of one page take turns.
        EXEC llm.usp_take_lock @resource = @resource, @mode = N'Exclusive';
        INSERT INTO ingest.chunk (source_page_id, policy_sha256, chunk_index, char_start, char_end, token_count, content,
            content_sha256)
        SELECT @source_page_id, @policy_sha256, c.chunk_index, c.char_start, c.char_end, c.token_count, c.content, c.content_sha256
        FROM (
            SELECT v.chunk_index, v.char_start, v.char_end, v.token_count, t.content, v.content_sha256,
                ROW_NUMBER() OVER (PARTITION BY v.chunk_index ORDER BY CONVERT(int, i.[key])) AS place
            FROM OPENJSON(@chunks) AS i
            CROSS APPLY OPENJSON(i.[value]) WITH (
                chunk_index int '$.chunk_index', char_start int '$.char_start', char_end int '$.char_end',
                token_count int '$.token_count', content_sha256 nvarchar(100) '$.content_sha256') AS v
            -- Not every server gives all of a long text otherwise.
            CROSS APPLY (SELECT MAX(CASE WHEN j.[key] = N'content' THEN j.[value] END) AS content FROM OPENJSON(i.[value]) AS j) AS t
        ) AS c
        WHERE c.place = 1 AND NOT EXISTS (
            SELECT 1 FROM ingest.chunk AS k WITH (UPDLOCK, HOLDLOCK)
            WHERE k.source_page_id = @source_page_id AND k.policy_sha256 = @policy_sha256 AND k.chunk_index = c.chunk_index)
        ORDER BY c.chunk_index;
        SET @inserted = ROWCOUNT_BIG();
        COMMIT TRANSACTION;
        SELECT @inserted AS inserted;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
