-- Purpose:     store the pairs that the dedupe audit found.
-- Parameters:  @candidates json array of {first_entity_id, second_entity_id, score (0..1), strength, reasons, job_id?}; @now UTC.
-- Returns:     inserted, updated.
-- Errors:      INVALID_PAYLOAD, UNKNOWN_ENTITY.
-- Idempotency: a pair that is known gets its score, reasons and job; one that was decided stays decided.
CREATE OR ALTER PROCEDURE kb.usp_put_identity_candidates @candidates nvarchar(max), @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @ids nvarchar(max), @held int, @inserted int, @updated int;
    CREATE TABLE #given_candidate (
        first_entity_id   bigint        NOT NULL,
        second_entity_id  bigint        NOT NULL,
        score             decimal(5, 4) NOT NULL,
        strength          nvarchar(40)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        reasons           nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
        job_id            bigint        NULL,
        PRIMARY KEY (first_entity_id, second_entity_id)
    );
    BEGIN TRY
        BEGIN TRANSACTION;
        IF COALESCE(ISJSON(@candidates), 0) = 0 OR LEFT(TRIM(NCHAR(9) + NCHAR(10) + NCHAR(13) + N' ' FROM @candidates), 1) <> N'['
            THROW 50004, N'INVALID_PAYLOAD: the candidates are not a json array', 1;
        SELECT @ids = CONCAT(N'[', STRING_AGG(x.id, N',') WITHIN GROUP (ORDER BY x.place), N']')
        FROM (
            SELECT CONVERT(int, c.[key]) AS place, CONVERT(nvarchar(max), CASE p.[type]
                    WHEN 1 THEN llm.fn_json_string(p.[value])
                    ELSE COALESCE(p.[value], N'null') END) AS id
            FROM OPENJSON(@candidates) AS c
            CROSS JOIN (VALUES (N'first_entity_id'), (N'second_entity_id')) AS k (field)
            OUTER APPLY (
                SELECT g.[type], g.[value]
                FROM OPENJSON(IIF(c.[type] = 5, c.[value], N'{}')) AS g
                WHERE g.[key] = k.field COLLATE Latin1_General_100_BIN2
            ) AS p
        ) AS x;
        EXEC kb.usp_check_entities @entity_ids = @ids, @decided_by = N'audit';

        INSERT INTO #given_candidate (first_entity_id, second_entity_id, score, strength, reasons, job_id)
        SELECT r.first_entity_id, r.second_entity_id, r.score, r.strength, r.reasons, r.job_id
        FROM (
            SELECT o.first_entity_id, o.second_entity_id, o.score, g.strength,
                COALESCE(JSON_QUERY(c.[value], N'$.reasons'), N'[]') AS reasons, g.job_id,
                ROW_NUMBER() OVER (PARTITION BY o.first_entity_id, o.second_entity_id ORDER BY o.score DESC) AS place
            FROM OPENJSON(@candidates) AS c
            CROSS APPLY OPENJSON(c.[value]) WITH (first_entity_id bigint '$.first_entity_id', second_entity_id bigint '$.second_entity_id',
                score nvarchar(max) '$.score', strength nvarchar(max) '$.strength', job_id bigint '$.job_id') AS g
            CROSS APPLY (
                SELECT IIF(g.first_entity_id < g.second_entity_id, g.first_entity_id, g.second_entity_id) AS first_entity_id,
                    IIF(g.first_entity_id < g.second_entity_id, g.second_entity_id, g.first_entity_id) AS second_entity_id,
                    COALESCE(CONVERT(decimal(5, 4), TRY_CONVERT(decimal(38, 30), g.score)),
                        CONVERT(decimal(5, 4), TRY_CONVERT(float, g.score))) AS score
            ) AS o
            WHERE g.first_entity_id <> g.second_entity_id
        ) AS r
        WHERE r.place = 1;

        -- Those that are there, and the gaps of those that are not, in the order of the pairs; counted, or nobody would look at them.
        SELECT @held = COUNT(k.first_entity_id)
        FROM #given_candidate AS g
        LEFT JOIN kb.identity_candidate AS k WITH (UPDLOCK, HOLDLOCK)
            ON k.first_entity_id = g.first_entity_id AND k.second_entity_id = g.second_entity_id
        OPTION (LOOP JOIN, FORCE ORDER, MAXDOP 1);
        UPDATE k
        SET score = g.score, strength = g.strength, reasons = g.reasons, job_id = COALESCE(g.job_id, k.job_id), updated_at = @at,
            status = IIF(k.status = N'open' AND g.job_id IS NOT NULL, N'asked', k.status)
        FROM #given_candidate AS g
        JOIN kb.identity_candidate AS k WITH (ROWLOCK)
            ON k.first_entity_id = g.first_entity_id AND k.second_entity_id = g.second_entity_id
        OPTION (LOOP JOIN, FORCE ORDER, MAXDOP 1);
        SET @updated = @@ROWCOUNT;
        INSERT INTO kb.identity_candidate (first_entity_id, second_entity_id, score, strength, reasons, status, job_id,
            found_at, updated_at)
        SELECT g.first_entity_id, g.second_entity_id, g.score, g.strength, g.reasons, IIF(g.job_id IS NULL, N'open', N'asked'),
            g.job_id, @at, @at
        FROM #given_candidate AS g
        WHERE NOT EXISTS (
            SELECT 1
            FROM kb.identity_candidate AS k WITH (UPDLOCK, HOLDLOCK)
            WHERE k.first_entity_id = g.first_entity_id AND k.second_entity_id = g.second_entity_id)
        ORDER BY g.first_entity_id, g.second_entity_id
        OPTION (LOOP JOIN, FORCE ORDER, MAXDOP 1);
        SET @inserted = @@ROWCOUNT;
        COMMIT TRANSACTION;
        SELECT @inserted AS inserted, @updated AS updated;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
