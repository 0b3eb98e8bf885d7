-- Purpose:     whatever a page reached: what erasing it has to look at.
-- Parameters:  @source_system, @external_id.
-- Returns:     one row of json arrays: source_page_ids of all versions (empty: there is no such page); entity_ids that it ever
--              spoke of, with all that was ever one with them; named_ids of what those were said to have to do with by jobs of many pages;
--              job_ids about the page; question_ids of the jobs about entity_ids, which may have been shown the page.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER FUNCTION kb.fn_forget_scope (@source_system nvarchar(max), @external_id nvarchar(max))
RETURNS @scope TABLE (
    source_page_ids  nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    entity_ids       nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    named_ids        nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    job_ids          nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    question_ids     nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL
)
AS
BEGIN
    DECLARE @page TABLE (source_page_id bigint NOT NULL PRIMARY KEY, version int NOT NULL);
    DECLARE @related TABLE (entity_id bigint NOT NULL PRIMARY KEY, step int NOT NULL);
    DECLARE @step int = 0, @added int, @source_page_ids nvarchar(max), @entity_ids nvarchar(max), @named_ids nvarchar(max),
        @job_ids nvarchar(max), @question_ids nvarchar(max);
    INSERT INTO @page (source_page_id, version)
    SELECT s.source_page_id, s.version
    FROM ingest.source_page AS s
    WHERE s.source_system = @source_system
      AND s.external_id_sha256 = CONVERT(binary(32), HASHBYTES('SHA2_256', @external_id)) AND s.external_id = @external_id;

    INSERT INTO @related (entity_id, step)
    SELECT x.entity_id, 0
    FROM (
        SELECT r.entity_id
        FROM @page AS p
        JOIN kb.assertion AS a ON a.source_page_id = p.source_page_id
        JOIN kb.resolution AS r ON r.assertion_id = a.assertion_id
        UNION
        SELECT kb.fn_subject_entity(s.subject_key)
        FROM (
            SELECT DISTINCT a.subject_key
            FROM @page AS p
            JOIN kb.assertion AS a ON a.source_page_id = p.source_page_id
            WHERE a.subject_key <> N''
        ) AS s
        UNION
        SELECT i.entity_id
        FROM @page AS p
        JOIN kb.assertion AS a ON a.source_page_id = p.source_page_id
        JOIN kb.identity_decision AS d ON d.assertion_id = a.assertion_id AND d.assertion_id IS NOT NULL
        CROSS APPLY (VALUES (d.entity_id), (d.other_entity_id)) AS i (entity_id)
        UNION
        -- A job may name the passages that it is to be shown.
        SELECT e.entity_id
        FROM (
            SELECT j.input FROM llm.job AS j WHERE j.input LIKE N'%"evidence[_]refs"%'
            UNION ALL
            SELECT j.input FROM llm.job_archive AS j WHERE j.input LIKE N'%"evidence[_]refs"%'
        ) AS j
        CROSS APPLY OPENJSON(JSON_QUERY(j.input, N'$.evidence_refs')) AS i
        CROSS APPLY OPENJSON(IIF(i.[type] = 5, i.[value], N'{}')) AS f
        JOIN @page AS p ON p.source_page_id = TRY_CONVERT(bigint, IIF(f.[type] IN (1, 2), f.[value], NULL))
        JOIN kb.dim_entity AS e ON e.entity_id = TRY_CONVERT(bigint, JSON_VALUE(j.input, N'$.entity_id'))
        WHERE f.[key] = N'source_page_id'
    ) AS x
    WHERE x.entity_id IS NOT NULL;
    SET @added = @@ROWCOUNT;
    -- What was ever one with what the last step found.
    WHILE @added > 0
    BEGIN
        INSERT INTO @related (entity_id, step)
        SELECT x.entity_id, @step + 1
        FROM (
            SELECT m.other_entity_id AS entity_id
            FROM @related AS k
            JOIN kb.identity_decision AS m ON m.entity_id = k.entity_id AND m.kind = N'merge'
            WHERE k.step = @step
            UNION
            SELECT m.entity_id
            FROM @related AS k
            JOIN kb.identity_decision AS m ON m.other_entity_id = k.entity_id AND m.kind = N'merge'
            WHERE k.step = @step
            UNION
            SELECT i.entity_id
            FROM @related AS k
            JOIN kb.dim_entity AS e ON e.entity_id = k.entity_id
            CROSS APPLY (VALUES (e.merged_into_entity_id), (e.moved_to_entity_id)) AS i (entity_id)
            WHERE k.step = @step AND i.entity_id IS NOT NULL
            UNION
            SELECT e.entity_id FROM @related AS k
            JOIN kb.dim_entity AS e ON e.merged_into_entity_id = k.entity_id AND e.merged_into_entity_id IS NOT NULL
            WHERE k.step = @step
            UNION
            SELECT e.entity_id FROM @related AS k
            JOIN kb.dim_entity AS e ON e.moved_to_entity_id = k.entity_id AND e.moved_to_entity_id IS NOT NULL
            WHERE k.step = @step
        ) AS x
        WHERE NOT EXISTS (SELECT 1 FROM @related AS o WHERE o.entity_id = x.entity_id);
        SET @added = @@ROWCOUNT;
        SET @step += 1;
    END;

    SELECT @source_page_ids = CONCAT(N'[', STRING_AGG(CONVERT(nvarchar(max), p.source_page_id), N',')
        WITHIN GROUP (ORDER BY p.version), N']')
    FROM @page AS p;
    SELECT @entity_ids = CONCAT(N'[', STRING_AGG(CONVERT(nvarchar(max), k.entity_id), N',') WITHIN GROUP (ORDER BY k.entity_id), N']')
    FROM @related AS k;
    SELECT @named_ids = CONCAT(N'[', STRING_AGG(CONVERT(nvarchar(max), x.entity_id), N',') WITHIN GROUP (ORDER BY x.entity_id), N']')
    FROM (
        SELECT DISTINCT r.entity_id
        FROM @related AS k
        JOIN kb.dim_entity AS e ON e.entity_id = k.entity_id
        JOIN kb.assertion AS a
            ON a.subject_key_sha256 = CONVERT(binary(32), HASHBYTES('SHA2_256',
                CONCAT(e.name_key, NCHAR(31), e.type_family, NCHAR(31), e.disambiguator))) AND a.subject_key <> N''
        JOIN kb.resolution AS r ON r.assertion_id = a.assertion_id
        WHERE NOT EXISTS (SELECT 1 FROM @related AS o WHERE o.entity_id = r.entity_id)
    ) AS x;
    SELECT @job_ids = CONCAT(N'[', STRING_AGG(CONVERT(nvarchar(max), x.job_id), N',') WITHIN GROUP (ORDER BY x.job_id), N']')
    FROM (
        SELECT j.job_id FROM @page AS p JOIN llm.job AS j ON j.source_page_id = p.source_page_id AND j.source_page_id IS NOT NULL
        UNION ALL
        SELECT j.job_id FROM @page AS p JOIN llm.job_archive AS j ON j.source_page_id = p.source_page_id
    ) AS x;
    SELECT @question_ids = CONCAT(N'[', STRING_AGG(CONVERT(nvarchar(max), x.job_id), N',') WITHIN GROUP (ORDER BY x.job_id), N']')
    FROM (
        SELECT j.job_id, j.job_type, j.input FROM llm.job AS j WHERE j.source_page_id IS NULL
        UNION ALL
        SELECT j.job_id, j.job_type, j.input FROM llm.job_archive AS j WHERE j.source_page_id IS NULL
    ) AS x
    JOIN llm.job_type AS t ON t.job_type = x.job_type AND t.handler IN (N'enrichment', N'dedupe')
    WHERE EXISTS (
        SELECT 1
        FROM OPENJSON(x.input) AS i
        JOIN @related AS k ON k.entity_id = TRY_CONVERT(bigint, IIF(i.[type] IN (1, 2), i.[value], NULL))
        WHERE i.[key] IN (N'entity_id', N'first_entity_id', N'second_entity_id'));
    INSERT INTO @scope (source_page_ids, entity_ids, named_ids, job_ids, question_ids)
    VALUES (@source_page_ids, @entity_ids, @named_ids, @job_ids, @question_ids);
    RETURN;
END;
