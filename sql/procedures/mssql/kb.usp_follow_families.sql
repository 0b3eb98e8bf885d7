-- Purpose:     let what was decided about entities follow their mentions, after kb.type_map gave types other families; internal.
-- Parameters:  @now UTC.
-- Returns:     @entity_ids json array of those that moved, came back, or are what they moved to or from; @folded_ids of those that
--              somebody else's mentions came to. kb.dim_entity.moved_to_entity_id says what counts for which entity now.
-- Errors:      none.
-- Idempotency: what is right is not written. Nobody routes meanwhile: the caller holds the lock, and rebuilds everything.
CREATE OR ALTER PROCEDURE kb.usp_follow_families
    @now datetime2(3), @entity_ids nvarchar(max) = NULL OUTPUT, @folded_ids nvarchar(max) = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    CREATE TABLE #family_move (
        entity_id           bigint         NOT NULL PRIMARY KEY,
        name_key            nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
        type_family         nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
        disambiguator       nvarchar(200)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        name_key_sha256     binary(32)     NOT NULL,
        type_family_sha256  binary(32)     NOT NULL
    );
    CREATE TABLE #family_change (
        entity_id  bigint NOT NULL PRIMARY KEY,
        was        bigint NULL,
        becomes    bigint NULL
    );
    INSERT INTO #family_move (entity_id, name_key, type_family, disambiguator, name_key_sha256, type_family_sha256)
    SELECT v.entity_id, v.name_key, v.type_family, v.disambiguator, CONVERT(binary(32), HASHBYTES('SHA2_256', v.name_key)),
        CONVERT(binary(32), HASHBYTES('SHA2_256', v.type_family))
    FROM kb.fn_family_moves() AS v;

    INSERT INTO kb.dim_entity (name_key, type_family, disambiguator, entity_name, entity_type, created_at, updated_at, retracted_at)
    SELECT k.name_key, k.type_family, k.disambiguator, k.entity_name, k.entity_type, @now, @now, @now
    FROM (
        SELECT v.name_key, v.type_family, v.disambiguator, v.name_key_sha256, v.type_family_sha256, e.entity_name, e.entity_type,
            ROW_NUMBER() OVER (
                PARTITION BY v.name_key_sha256, v.type_family_sha256, v.disambiguator ORDER BY e.type_family, e.entity_id) AS place
        FROM #family_move AS v
        JOIN kb.dim_entity AS e ON e.entity_id = v.entity_id) AS k
    WHERE k.place = 1 AND NOT EXISTS (
        SELECT 1 FROM kb.dim_entity AS n
        WHERE n.name_key_sha256 = k.name_key_sha256 AND n.type_family_sha256 = k.type_family_sha256
          AND n.disambiguator = k.disambiguator);

    INSERT INTO #family_change (entity_id, was, becomes)
    SELECT o.entity_id, o.moved_to_entity_id, n.entity_id
    FROM kb.dim_entity AS o
    LEFT JOIN #family_move AS v ON v.entity_id = o.entity_id
    LEFT JOIN kb.dim_entity AS n
        ON n.name_key_sha256 = v.name_key_sha256 AND n.type_family_sha256 = v.type_family_sha256 AND n.disambiguator = v.disambiguator
    WHERE (o.moved_to_entity_id IS NOT NULL OR v.entity_id IS NOT NULL)
      AND NOT EXISTS (SELECT o.moved_to_entity_id INTERSECT SELECT n.entity_id);
    UPDATE e
    SET moved_to_entity_id = c.becomes
    FROM #family_change AS c
    JOIN kb.dim_entity AS e ON e.entity_id = c.entity_id;

    SELECT @entity_ids = N'[' + COALESCE(STRING_AGG(CONVERT(nvarchar(max), k.entity_id), N',') WITHIN GROUP (ORDER BY k.entity_id), N'') + N']'
    FROM (
        SELECT c.entity_id FROM #family_change AS c
        UNION
        SELECT c.was FROM #family_change AS c WHERE c.was IS NOT NULL
        UNION
        SELECT c.becomes FROM #family_change AS c WHERE c.becomes IS NOT NULL) AS k;
    SELECT @folded_ids = N'[' + COALESCE(STRING_AGG(CONVERT(nvarchar(max), k.entity_id), N',') WITHIN GROUP (ORDER BY k.entity_id), N'') + N']'
    FROM (
        SELECT DISTINCT e.entity_id
        FROM #family_change AS c
        JOIN kb.dim_entity AS e ON e.entity_id = c.becomes AND e.retracted_at IS NULL) AS k;
    DROP TABLE #family_move;
    DROP TABLE #family_change;
    IF @entity_ids <> N'[]'
    BEGIN
        EXEC kb.usp_place_merges @entity_ids = @entity_ids;
        EXEC kb.usp_close_candidates @now = @now;
    END;
END;
