-- Purpose:     decide which entity each mention of the changed assertions belongs to; internal.
-- Parameters:  @run_id whose kb.stage_change lists the assertions (their names are locked), and whose kb.stage_mention has the
--              mentions of the new ones; @now UTC.
-- Returns:     @result, the number of entities that are new; kb.usp_rebuild_entities inserts them.
-- Errors:      none.
-- Idempotency: a mention that already belongs where it should is not written.
-- A typed mention belongs to (name, family), or to what a split says of its page. A mention without a type belongs to the
-- one typed entity of its name on its page; else to the one typed entity of that name anywhere; else it stays
-- (name, 'unknown'). Tags are no entities in this. Nothing fuzzy happens here, so the order in which runners arrive does
-- not matter.
CREATE OR ALTER PROCEDURE kb.usp_resolve_mentions @run_id uniqueidentifier, @now datetime2(3), @result int = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @names nvarchar(max), @locked int;
    CREATE TABLE #known_entity (
        name_key_sha256     binary(32)     NOT NULL,
        type_family_sha256  binary(32)     NOT NULL,
        disambiguator       nvarchar(200)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        type_family         nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
        entity_id           bigint         NULL,
        is_new              bit            NOT NULL,
        PRIMARY KEY (name_key_sha256, type_family_sha256, disambiguator)
    );
    CREATE TABLE #known_untyped (
        name_key_sha256  binary(32) NOT NULL PRIMARY KEY,
        entity_id        bigint     NULL,
        is_new           bit        NOT NULL
    );
    CREATE TABLE #untyped_assertion (assertion_id bigint NOT NULL PRIMARY KEY);

    IF NOT EXISTS (SELECT 1 FROM kb.stage_item AS i WHERE i.run_id = @run_id)
        EXEC kb.usp_stage_mentions @run_id = @run_id;

    IF EXISTS (SELECT 1 FROM kb.identity_decision AS d WHERE d.kind = N'split' AND d.undone_at IS NULL)
        UPDATE m
        SET disambiguator = n.disambiguator
        FROM kb.stage_mention AS m
        JOIN ingest.source_page AS s ON s.source_page_id = m.source_page_id
        JOIN kb.identity_split_page AS p
            ON p.source_system = s.source_system AND p.external_id_sha256 = s.external_id_sha256 AND p.external_id = s.external_id
        JOIN kb.identity_decision AS d
            ON d.identity_decision_id = p.identity_decision_id AND d.kind = N'split' AND d.undone_at IS NULL
        -- What was split may have moved to another family since.
        JOIN kb.dim_entity AS x ON x.entity_id = d.entity_id
        JOIN kb.dim_entity AS e
            ON e.entity_id = COALESCE(x.moved_to_entity_id, x.entity_id) AND e.name_key = m.name_key AND e.type_family = m.type_family
        JOIN kb.dim_entity AS n ON n.entity_id = d.other_entity_id
        WHERE m.run_id = @run_id AND m.type_family <> N'unknown'
          AND NOT EXISTS (
              SELECT 1
              FROM kb.identity_decision AS l
              JOIN kb.identity_split_page AS q ON q.identity_decision_id = l.identity_decision_id
              JOIN kb.dim_entity AS y ON y.entity_id = l.entity_id
              JOIN kb.dim_entity AS o ON o.entity_id = COALESCE(y.moved_to_entity_id, y.entity_id)
              WHERE l.kind = N'split' AND l.undone_at IS NULL AND l.identity_decision_id > d.identity_decision_id
                AND q.source_system = p.source_system AND q.external_id_sha256 = p.external_id_sha256
                AND q.external_id = p.external_id AND o.name_key = e.name_key AND o.type_family = e.type_family);

    -- What these mentions were resolved to before; retracted ones have no new entity.
    IF EXISTS (SELECT 1 FROM kb.stage_change AS c WHERE c.run_id = @run_id AND c.change <= 0)
    BEGIN
        INSERT INTO kb.stage_mention (run_id, assertion_id, mention, source_page_id, name_key, name, type_family, entity_type,
            old_entity_id, old_type_family)
        SELECT @run_id, r.assertion_id, r.mention, r.source_page_id, r.name_key, N'', r.type_family, N'', r.entity_id, r.type_family
        FROM kb.stage_change AS c
        JOIN kb.resolution AS r ON r.assertion_id = c.assertion_id AND r.superseded_at IS NULL
        WHERE c.run_id = @run_id AND (c.change = -1 OR NOT EXISTS (
            SELECT 1 FROM kb.stage_mention AS m
            WHERE m.run_id = @run_id AND m.name_key_sha256 = r.name_key_sha256 AND m.name_key = r.name_key
              AND m.assertion_id = r.assertion_id AND m.mention = r.mention));
        UPDATE m
        SET old_entity_id = r.entity_id, old_type_family = r.type_family
        FROM kb.stage_mention AS m
        JOIN kb.resolution AS r
            ON r.assertion_id = m.assertion_id AND r.mention = m.mention AND r.superseded_at IS NULL AND r.name_key = m.name_key
        WHERE m.run_id = @run_id AND m.old_entity_id IS NULL;
    END;

    INSERT INTO #known_entity (name_key_sha256, type_family_sha256, disambiguator, type_family, entity_id, is_new)
    SELECT k.name_key_sha256, k.type_family_sha256, k.disambiguator, k.type_family, e.entity_id, IIF(e.entity_id IS NULL, 1, 0)
    FROM (
        SELECT DISTINCT m.name_key_sha256, CONVERT(binary(32), HASHBYTES('SHA2_256', m.type_family)) AS type_family_sha256,
            m.disambiguator, m.type_family
        FROM kb.stage_mention AS m
        WHERE m.run_id = @run_id AND m.type_family <> N'unknown' AND m.name <> N'') AS k
    LEFT JOIN kb.dim_entity AS e
        ON e.name_key_sha256 = k.name_key_sha256 AND e.type_family_sha256 = k.type_family_sha256 AND e.disambiguator = k.disambiguator;
    UPDATE #known_entity
    SET entity_id = NEXT VALUE FOR kb.dim_entity_entity_id_seq
    WHERE entity_id IS NULL;
    UPDATE m
    SET new_entity_id = k.entity_id, is_new = k.is_new
    FROM #known_entity AS k
    JOIN kb.stage_mention AS m
        ON m.name_key_sha256 = k.name_key_sha256 AND m.type_family = k.type_family AND m.disambiguator = k.disambiguator
    WHERE m.run_id = @run_id AND m.name <> N'';

    -- Names that gain or lose a typed entity: all their untyped mentions are looked at again.
    INSERT INTO kb.stage_count (run_id, entity_id, change)
    SELECT @run_id, d.entity_id, SUM(d.change)
    FROM (
        SELECT m.new_entity_id AS entity_id, 1 AS change
        FROM kb.stage_mention AS m
        WHERE m.run_id = @run_id AND m.type_family <> N'unknown' AND m.new_entity_id IS NOT NULL AND m.is_new = 0
        UNION ALL
        SELECT m.old_entity_id, -1
        FROM kb.stage_mention AS m
        WHERE m.run_id = @run_id AND m.old_type_family <> N'unknown' AND m.old_entity_id IS NOT NULL) AS d
    GROUP BY d.entity_id
    HAVING SUM(d.change) <> 0;
    -- Only who holds the lock of its name changes an entity's count.
    SELECT @names = N'[' + STRING_AGG(CONVERT(nvarchar(max), llm.fn_json_string(k.name_key)), N',') + N']'
    FROM (
        SELECT e.name_key
        FROM kb.stage_count AS c
        JOIN kb.dim_entity AS e ON e.entity_id = c.entity_id
        WHERE c.run_id = @run_id AND IIF(e.mention_count + c.change > 0, 1, 0) <> IIF(e.mention_count > 0, 1, 0)
        UNION
        SELECT m.name_key FROM kb.stage_mention AS m WHERE m.run_id = @run_id AND m.is_new = 1) AS k;

    EXEC kb.usp_write_resolutions @run_id = @run_id, @typed = 1, @now = @now;

    -- Their assertions are locked before their resolutions are read: the other end of a relationship may be on the move.
    INSERT INTO #untyped_assertion (assertion_id)
    SELECT DISTINCT u.assertion_id FROM kb.fn_untyped_mentions(@run_id, @names) AS u;
    SELECT @locked = COUNT(*)
    FROM #untyped_assertion AS u
    JOIN kb.assertion AS a WITH (UPDLOCK, ROWLOCK) ON a.assertion_id = u.assertion_id
    OPTION (LOOP JOIN, FORCE ORDER, MAXDOP 1);
    IF @locked > 0
    BEGIN
        -- With little memory: much more is expected of the documents than they hold.
        INSERT INTO kb.stage_mention (run_id, assertion_id, mention, source_page_id, name_key, name, type_family, entity_type,
            dimension, old_entity_id, old_type_family)
        SELECT @run_id, u.assertion_id, u.mention, u.source_page_id, u.name_key, COALESCE(NULLIF(n.name, N''), u.name_key), N'unknown',
            N'unknown', n.dimension, u.entity_id, N'unknown'
        FROM kb.fn_untyped_mentions(@run_id, @names) AS u
        JOIN kb.assertion AS a ON a.assertion_id = u.assertion_id AND a.retracted_at IS NULL
        CROSS APPLY kb.fn_mentions(a.item_kind, a.keys, a.payload) AS n
        WHERE n.mention = u.mention
        OPTION (MAX_GRANT_PERCENT = 1);
        SET @locked = @@ROWCOUNT;
        EXEC kb.usp_plan_for @rows = @locked;
    END;

    INSERT INTO kb.stage_name (run_id, source_page_id, name_key, entity_id)
    SELECT @run_id, k.source_page_id, k.name_key, COALESCE(IIF(p.least_id = p.greatest_id, p.least_id, NULL),
        IIF(w.least_id = w.greatest_id, w.least_id, NULL))
    FROM (
        SELECT DISTINCT u.source_page_id, u.name_key, u.name_key_sha256
        FROM kb.stage_mention AS u
        WHERE u.run_id = @run_id AND u.type_family = N'unknown' AND u.name <> N'') AS k
    OUTER APPLY (
        SELECT MIN(x.entity_id) AS least_id, MAX(x.entity_id) AS greatest_id
        FROM (
            SELECT CASE WHEN e.merged_into_entity_id IS NULL THEN r.entity_id ELSE kb.fn_master_entity(r.entity_id) END AS entity_id
            FROM kb.resolution AS r
            LEFT JOIN kb.dim_entity AS e ON e.entity_id = r.entity_id
            WHERE r.source_page_id = k.source_page_id AND r.name_key_sha256 = k.name_key_sha256 AND r.name_key = k.name_key
              AND r.type_family NOT IN (N'unknown', N'tag') AND r.superseded_at IS NULL) AS x) AS p
    OUTER APPLY (
        SELECT MIN(x.entity_id) AS least_id, MAX(x.entity_id) AS greatest_id
        FROM (
            SELECT CASE WHEN e.merged_into_entity_id IS NULL THEN e.entity_id ELSE kb.fn_master_entity(e.entity_id) END AS entity_id
            FROM kb.dim_entity AS e
            LEFT JOIN kb.stage_count AS c ON c.run_id = @run_id AND c.entity_id = e.entity_id
            WHERE e.name_key_sha256 = k.name_key_sha256 AND e.name_key = k.name_key AND e.type_family NOT IN (N'unknown', N'tag')
              AND e.mention_count + COALESCE(c.change, 0) > 0
            UNION ALL
            SELECT m.new_entity_id
            FROM kb.stage_mention AS m
            WHERE m.run_id = @run_id AND m.name_key_sha256 = k.name_key_sha256 AND m.name_key = k.name_key AND m.is_new = 1
              AND m.type_family NOT IN (N'unknown', N'tag')) AS x) AS w;
    UPDATE m
    SET new_entity_id = n.entity_id
    FROM kb.stage_name AS n
    JOIN kb.stage_mention AS m
        ON m.run_id = n.run_id AND m.name_key_sha256 = n.name_key_sha256 AND m.name_key = n.name_key
        AND m.source_page_id = n.source_page_id
    WHERE n.run_id = @run_id AND n.entity_id IS NOT NULL AND m.type_family = N'unknown' AND m.name <> N'';

    INSERT INTO #known_untyped (name_key_sha256, entity_id, is_new)
    SELECT k.name_key_sha256, e.entity_id, IIF(e.entity_id IS NULL, 1, 0)
    FROM (
        SELECT DISTINCT m.name_key_sha256
        FROM kb.stage_mention AS m
        WHERE m.run_id = @run_id AND m.type_family = N'unknown' AND m.name <> N'' AND m.new_entity_id IS NULL) AS k
    LEFT JOIN kb.dim_entity AS e
        ON e.name_key_sha256 = k.name_key_sha256 AND e.type_family_sha256 = CONVERT(binary(32), HASHBYTES('SHA2_256', N'unknown'))
        AND e.disambiguator = N'';
    UPDATE #known_untyped
    SET entity_id = NEXT VALUE FOR kb.dim_entity_entity_id_seq
    WHERE entity_id IS NULL;
    UPDATE m
    SET new_entity_id = k.entity_id, is_new = k.is_new
    FROM #known_untyped AS k
    JOIN kb.stage_mention AS m ON m.name_key_sha256 = k.name_key_sha256
    WHERE m.run_id = @run_id AND m.type_family = N'unknown' AND m.name <> N'' AND m.new_entity_id IS NULL;

    EXEC kb.usp_write_resolutions @run_id = @run_id, @typed = 0, @now = @now;

    INSERT INTO kb.stage_change (run_id, assertion_id, item_kind, change)
    SELECT DISTINCT @run_id, m.assertion_id, a.item_kind, 0
    FROM kb.stage_mention AS m
    JOIN kb.assertion AS a ON a.assertion_id = m.assertion_id
    WHERE m.run_id = @run_id AND m.old_entity_id IS NOT NULL AND (m.new_entity_id IS NULL OR m.new_entity_id <> m.old_entity_id)
      AND NOT EXISTS (SELECT 1 FROM kb.stage_change AS c WHERE c.run_id = @run_id AND c.assertion_id = m.assertion_id);

    SELECT @result = COUNT(DISTINCT m.new_entity_id) FROM kb.stage_mention AS m WHERE m.run_id = @run_id AND m.is_new = 1;
    DROP TABLE #known_entity;
    DROP TABLE #known_untyped;
    DROP TABLE #untyped_assertion;
END;
