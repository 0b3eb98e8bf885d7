-- Purpose:     retract what was said of entities from the evidence of others, once they are not one with these any more;
--              internal.
-- Parameters:  @entity_ids json array of those whose merges were undone; @now UTC.
-- Returns:     @result, how many assertions were retracted.
-- Errors:      none.
-- Idempotency: what is retracted stays so. Nobody routes meanwhile: the caller holds the lock.
CREATE OR ALTER PROCEDURE kb.usp_retract_strayed @entity_ids nvarchar(max), @now datetime2(3), @result int = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @ids nvarchar(max);
    CREATE TABLE #strayed_master (entity_id bigint NOT NULL PRIMARY KEY);
    CREATE TABLE #strayed_key (
        entity_id           bigint         NOT NULL,
        subject_key_sha256  binary(32)     NOT NULL,
        subject_key         nvarchar(2300) COLLATE Latin1_General_100_BIN2 NOT NULL,
        PRIMARY KEY (entity_id, subject_key_sha256)
    );
    CREATE TABLE #strayed_group (
        entity_id  bigint        NOT NULL PRIMARY KEY,
        list       nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL
    );
    INSERT INTO #strayed_master (entity_id)
    SELECT DISTINCT m.entity_id
    FROM (SELECT kb.fn_master_entity(CONVERT(bigint, i.[value])) AS entity_id FROM OPENJSON(@entity_ids) AS i WHERE i.[type] = 2) AS m
    WHERE m.entity_id IS NOT NULL;
    INSERT INTO #strayed_key (entity_id, subject_key_sha256, subject_key)
    SELECT m.entity_id, CONVERT(binary(32), HASHBYTES('SHA2_256', k.subject_key)), k.subject_key
    FROM #strayed_master AS m
    CROSS APPLY kb.fn_subject_keys(m.entity_id) AS k;
    INSERT INTO #strayed_group (entity_id, list)
    SELECT k.entity_id, N'[' + STRING_AGG(CONVERT(nvarchar(max), llm.fn_json_string(k.subject_key)), N',') + N']'
    FROM #strayed_key AS k
    GROUP BY k.entity_id;

    -- Both lists are read in the same way: their texts are equal where they are one.
    SELECT @result = COUNT(*), @ids = N'[' + COALESCE(STRING_AGG(CONVERT(nvarchar(max), s.assertion_id), N','), N'') + N']'
    FROM (
        SELECT DISTINCT a.assertion_id
        FROM #strayed_key AS k
        JOIN #strayed_group AS g ON g.entity_id = k.entity_id
        JOIN kb.assertion AS a
            ON a.subject_key_sha256 = k.subject_key_sha256 AND a.subject_key = k.subject_key AND a.subject_key <> N''
            AND a.retracted_at IS NULL
        JOIN kb.extraction AS x ON x.run_id = a.run_id
        WHERE EXISTS (
            SELECT 1 FROM OPENJSON(x.subject_group) AS w
            WHERE NOT EXISTS (
                SELECT 1 FROM OPENJSON(g.list) AS v
                WHERE v.[value] COLLATE Latin1_General_100_BIN2 = w.[value] COLLATE Latin1_General_100_BIN2))) AS s;
    DROP TABLE #strayed_master;
    DROP TABLE #strayed_key;
    DROP TABLE #strayed_group;
    IF @result > 0
        EXEC kb.usp_retract_assertions @assertion_ids = @ids, @now = @now;
END;
