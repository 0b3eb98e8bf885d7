-- Purpose:     say that some pages speak of another bearer of the same name and family.
-- Parameters:  @entity_id; @disambiguator what tells the other apart ('the younger'), 200 bytes at most; @source_page_ids
--              json array of the pages (all versions, also later ones) that speak of the other; @decided_by; @reason; @now.
-- Returns:     identity_decision_id, entity_id (the other bearer), pages.
-- Errors:      UNKNOWN_ENTITY, NOT_FOUND (a page), INVALID_PAYLOAD; INVALID_STATE for a merged or unknown-family entity.
-- Idempotency: the same split again is another decision with the same effect. Routing waits.
CREATE OR ALTER PROCEDURE kb.usp_split_entity
    @entity_id bigint, @disambiguator nvarchar(max), @source_page_ids nvarchar(max), @decided_by nvarchar(max),
    @reason nvarchar(max) = NULL, @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @is_there bit = 0, @bad nvarchar(1000), @ids nvarchar(100),
        @key nvarchar(max) = LOWER(TRIM(@disambiguator)), @type_family nvarchar(1000),
        @own nvarchar(200), @merged_into bigint, @other_id bigint, @decision_id bigint, @pages int, @cause nvarchar(100),
        @message nvarchar(2048);
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC llm.usp_take_lock @resource = N'sproute.kb', @mode = N'Exclusive';
        SET @ids = CONCAT(N'[', COALESCE(CONVERT(nvarchar(20), @entity_id), N'null'), N']');
        EXEC kb.usp_check_entities @entity_ids = @ids, @decided_by = @decided_by;
        -- Longer than 200 bytes is what kb.fn_bounded_key would shorten.
        IF COALESCE(@key, N'') COLLATE Latin1_General_100_BIN2 = N'' OR kb.fn_bounded_key(@key, 200) <> @key COLLATE Latin1_General_100_BIN2
            THROW 50004, N'INVALID_PAYLOAD: the disambiguator is empty or longer than 200 bytes', 1;
        IF COALESCE(ISJSON(@source_page_ids), 0) = 0 OR LEFT(TRIM(NCHAR(9) + NCHAR(10) + NCHAR(13) + N' ' FROM @source_page_ids), 1) <> N'['
            OR NOT EXISTS (SELECT 1 FROM OPENJSON(@source_page_ids) AS i)
            THROW 50004, N'INVALID_PAYLOAD: a split needs the pages that speak of the other', 1;
        SELECT TOP (1) @is_there = 1, @bad = LEFT(i.[value], 1000)
        FROM OPENJSON(@source_page_ids) AS i
        WHERE NOT EXISTS (
            SELECT 1 FROM ingest.source_page AS s
            WHERE s.source_page_id = TRY_CONVERT(bigint, IIF(i.[value] COLLATE Latin1_General_100_BIN2 = N''
                OR i.[value] COLLATE Latin1_General_100_BIN2 LIKE N'%[^0-9]%', NULL, i.[value])))
        ORDER BY CONVERT(int, i.[key]);
        IF @is_there = 1
        BEGIN
            SET @message = CONCAT(N'NOT_FOUND: no page has the id ', @bad);
            THROW 50012, @message, 1;
        END;
        SELECT @type_family = e.type_family, @own = e.disambiguator, @merged_into = e.merged_into_entity_id
        FROM kb.dim_entity AS e
        WHERE e.entity_id = @entity_id;
        IF @merged_into IS NOT NULL OR @type_family COLLATE Latin1_General_100_BIN2 = N'unknown'
        BEGIN
            SET @message = CONCAT(N'INVALID_STATE: entity ', @entity_id, N' is ',
                IIF(@type_family COLLATE Latin1_General_100_BIN2 = N'unknown', N'without a type', N'merged into another'), NCHAR(10),
                N'HINT: Unmerge it first; an entity of unknown type is what its name says.');
            THROW 50010, @message, 1;
        END;
        IF @key = @own COLLATE Latin1_General_100_BIN2
            THROW 50004, N'INVALID_PAYLOAD: the entity has that disambiguator itself', 1;

        INSERT INTO kb.dim_entity (name_key, type_family, disambiguator, entity_name, entity_type, created_at, updated_at, retracted_at)
        SELECT e.name_key, e.type_family, @key, e.entity_name, e.entity_type, @at, @at, @at
        FROM kb.dim_entity AS e
        WHERE e.entity_id = @entity_id AND NOT EXISTS (
            SELECT 1
            FROM kb.dim_entity AS o WITH (UPDLOCK, HOLDLOCK)
            WHERE o.name_key_sha256 = e.name_key_sha256 AND o.type_family_sha256 = e.type_family_sha256 AND o.disambiguator = @key);
        SELECT @other_id = o.entity_id
        FROM kb.dim_entity AS e
        JOIN kb.dim_entity AS o ON o.name_key_sha256 = e.name_key_sha256 AND o.type_family_sha256 = e.type_family_sha256
            AND o.disambiguator = @key
        WHERE e.entity_id = @entity_id;

        INSERT INTO kb.identity_decision (kind, entity_id, other_entity_id, decided_by, decided_as, reason, decided_at)
        VALUES (N'split', @entity_id, @other_id, @decided_by, N'person', @reason, @at);
        SET @decision_id = SCOPE_IDENTITY();
        INSERT INTO kb.identity_split_page (identity_decision_id, source_system, external_id)
        SELECT DISTINCT @decision_id, s.source_system, s.external_id
        FROM OPENJSON(@source_page_ids) AS i
        JOIN ingest.source_page AS s ON s.source_page_id = CONVERT(bigint, i.[value]);
        SET @pages = @@ROWCOUNT;

        SELECT @ids = CONCAT(N'[', @entity_id, N',', @other_id, N']'), @cause = CONCAT(N'split:', @decision_id);
        EXEC kb.usp_rebuild_groups @entity_ids = @ids, @now = @at;
        EXEC kb.usp_enqueue_subjects @entity_ids = @ids, @cause = @cause, @now = @at;
        COMMIT TRANSACTION;
        SELECT @decision_id AS identity_decision_id, @other_id AS entity_id, @pages AS pages;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
