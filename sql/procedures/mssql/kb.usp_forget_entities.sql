-- Purpose:     erase entities that nothing speaks of; internal.
-- Parameters:  @entity_ids json array (kb.fn_unspoken_entities); @now UTC.
-- Returns:     @result: how many decisions were about them.
-- Errors:      none.
-- Idempotency: what is gone stays so. Nobody routes meanwhile: the caller holds the lock.
-- What was found to be one through an entity that goes stays one: what had been merged into it is merged into what it was
-- itself merged into, or else into the best attested of them. Decisions about all of them, or about a row that something else
-- supports too, are then about what took its place; the others are over. While there are any, the entity's row stays without
-- a name (forgotten_at), so that an audit sees that they were made.
CREATE OR ALTER PROCEDURE kb.usp_forget_entities @entity_ids nvarchar(max), @now datetime2(3), @result int = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @ids nvarchar(max), @place int, @id bigint, @parent bigint, @master bigint, @kind nvarchar(40), @merged_at datetime2(3),
        @moved int = 1;
    SET @result = 0;
    CREATE TABLE #going_entity (place int IDENTITY(1, 1) NOT NULL PRIMARY KEY, entity_id bigint NOT NULL UNIQUE, heir_id bigint NULL);
    CREATE TABLE #going_step (
        place   int          IDENTITY(1, 1) NOT NULL PRIMARY KEY,
        kind    nvarchar(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
        row_id  bigint       NOT NULL
    );
    CREATE TABLE #moved_decision (
        adjudication_id  bigint       NOT NULL PRIMARY KEY,
        kind             nvarchar(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
        target_id        bigint       NOT NULL
    );
    INSERT INTO #going_entity (entity_id)
    SELECT x.entity_id
    FROM (SELECT DISTINCT CONVERT(bigint, i.[value]) AS entity_id FROM OPENJSON(@entity_ids) AS i) AS x
    ORDER BY x.entity_id;
    IF @@ROWCOUNT = 0
        RETURN;

    SELECT @ids = CONCAT(N'[', STRING_AGG(CONVERT(nvarchar(max), d.assertion_id), N','), N']')
    FROM kb.identity_decision AS d
    WHERE d.assertion_id IS NOT NULL AND EXISTS (SELECT 1 FROM #going_entity AS g WHERE g.entity_id IN (d.entity_id, d.other_entity_id));
    EXEC kb.usp_erase_assertions @assertion_ids = @ids, @now = @now;
    INSERT INTO #going_step (kind, row_id)
    SELECT N'undo', d.adjudication_id
    FROM kb.identity_decision AS d
    JOIN #going_entity AS g ON g.entity_id = d.other_entity_id
    WHERE d.undone_at IS NULL AND d.adjudication_id IS NOT NULL;
    WHILE EXISTS (SELECT 1 FROM #going_step AS s)
    BEGIN
        SELECT TOP (1) @place = s.place, @id = s.row_id FROM #going_step AS s ORDER BY s.place;
        EXEC kb.usp_undo_adjudication @adjudication_id = @id, @undone_by = N'page forget', @now = @now, @into_caller = 1;
        DELETE FROM #going_step WHERE place = @place;
    END;
    -- All that is one with them, themselves included.
    SELECT @ids = CONCAT(N'[', STRING_AGG(CONVERT(nvarchar(max), x.entity_id), N','), N']')
    FROM (
        SELECT m.entity_id
        FROM #going_entity AS g
        CROSS APPLY kb.fn_merge_group(kb.fn_master_entity(g.entity_id)) AS m
        UNION
        SELECT g.entity_id FROM #going_entity AS g
    ) AS x;

    SET @place = 1;
    WHILE EXISTS (SELECT 1 FROM #going_entity AS g WHERE g.place = @place)
    BEGIN
        SELECT @id = g.entity_id, @parent = e.merged_into_entity_id, @master = e.merged_into_entity_id
        FROM #going_entity AS g
        JOIN kb.dim_entity AS e ON e.entity_id = g.entity_id
        WHERE g.place = @place;
        IF @parent IS NULL
            SELECT TOP (1) @master = c.entity_id
            FROM kb.dim_entity AS c
            CROSS APPLY (
                SELECT COUNT(*) AS mentions FROM kb.resolution AS r WHERE r.entity_id = c.entity_id AND r.superseded_at IS NULL
            ) AS n
            WHERE c.merged_into_entity_id = @id
            ORDER BY IIF(EXISTS (SELECT 1 FROM #going_entity AS g WHERE g.entity_id = c.entity_id), 1, 0), n.mentions DESC,
                c.name_key, c.type_family, c.disambiguator;
        UPDATE #going_entity SET heir_id = @master WHERE place = @place;
        IF @parent IS NULL AND @master IS NOT NULL
        BEGIN
            SELECT @merged_at = MAX(d.decided_at)
            FROM kb.identity_decision AS d
            WHERE d.kind = N'merge' AND d.undone_at IS NULL AND d.entity_id = @master;
            UPDATE kb.adjudication
            SET target_id = @master
            WHERE kind = N'entity' AND target_id = @id AND undone_at IS NULL AND decided_at >= @merged_at;
            UPDATE kb.identity_decision
            SET entity_id = IIF(entity_id = @id, @master, entity_id),
                other_entity_id = IIF(other_entity_id = @id, @master, other_entity_id)
            WHERE kind = N'distinct' AND undone_at IS NULL AND @id IN (entity_id, other_entity_id)
              AND @master NOT IN (entity_id, other_entity_id);
        END;
        UPDATE kb.identity_decision
        SET undone_at = @now, undone_by = N'page forget'
        WHERE kind = N'merge' AND undone_at IS NULL AND (entity_id = @id OR entity_id = @master AND other_entity_id = @id);
        IF @master IS NOT NULL
            UPDATE kb.identity_decision
            SET other_entity_id = @master
            WHERE kind = N'merge' AND undone_at IS NULL AND other_entity_id = @id;
        UPDATE kb.dim_entity
        SET merged_into_entity_id = NULLIF(@master, entity_id),
            promotion_state = IIF(entity_id = @master, N'staged', promotion_state), updated_at = @now
        WHERE merged_into_entity_id = @id;
        UPDATE kb.dim_entity SET merged_into_entity_id = NULL WHERE entity_id = @id;
        SET @place += 1;
    END;
    EXEC kb.usp_rebuild_groups @entity_ids = @ids, @now = @now;
    INSERT INTO #going_step (kind, row_id)
    SELECT DISTINCT N'entity', a.target_id
    FROM kb.adjudication AS a
    JOIN #going_entity AS g ON g.heir_id = a.target_id
    WHERE a.kind = N'entity';
    WHILE EXISTS (SELECT 1 FROM #going_step AS s)
    BEGIN
        SELECT TOP (1) @place = s.place, @kind = s.kind, @id = s.row_id FROM #going_step AS s ORDER BY s.place;
        EXEC kb.usp_rebuild_row @kind = @kind, @id = @id, @now = @now;
        DELETE FROM #going_step WHERE place = @place;
    END;

    -- An heir that goes too has one of its own, or none.
    WHILE @moved > 0
    BEGIN
        UPDATE g
        SET heir_id = NULLIF(h.heir_id, g.entity_id)
        FROM #going_entity AS g
        JOIN #going_entity AS h ON h.entity_id = g.heir_id;
        SET @moved = @@ROWCOUNT;
    END;
    INSERT INTO #moved_decision (adjudication_id, kind, target_id)
    SELECT a.adjudication_id, a.kind, n.new_id
    FROM kb.adjudication AS a
    JOIN (
        SELECT N'relation' AS kind, b.entity_relation_id AS old_id, k.entity_relation_id AS new_id
        FROM (
            SELECT r.entity_relation_id
            FROM #going_entity AS g
            JOIN kb.bridge_entity_relation AS r ON r.from_entity_id = g.entity_id
            UNION
            SELECT r.entity_relation_id
            FROM #going_entity AS g
            JOIN kb.bridge_entity_relation AS r ON r.to_entity_id = g.entity_id
        ) AS i
        JOIN kb.bridge_entity_relation AS b ON b.entity_relation_id = i.entity_relation_id
        LEFT JOIN #going_entity AS f ON f.entity_id = b.from_entity_id
        LEFT JOIN #going_entity AS t ON t.entity_id = b.to_entity_id
        JOIN kb.bridge_entity_relation AS k ON k.from_entity_id = COALESCE(f.heir_id, b.from_entity_id)
            AND k.to_entity_id = COALESCE(t.heir_id, b.to_entity_id) AND k.relation_key = b.relation_key
            AND k.start_key = b.start_key AND k.end_key = b.end_key AND k.from_work_key = b.from_work_key
            AND k.to_work_key = b.to_work_key AND k.continuity_key = b.continuity_key
        UNION ALL
        SELECT N'fact', b.fact_attribute_id, k.fact_attribute_id
        FROM #going_entity AS f
        JOIN kb.fact_attribute AS b ON b.entity_id = f.entity_id
        JOIN kb.fact_attribute AS k ON k.entity_id = f.heir_id AND k.attribute_key = b.attribute_key
            AND k.value_key_sha256 = b.value_key_sha256 AND k.value_key = b.value_key
            AND k.unit_key = b.unit_key AND k.start_key = b.start_key AND k.end_key = b.end_key
            AND k.from_work_key = b.from_work_key AND k.to_work_key = b.to_work_key AND k.continuity_key = b.continuity_key
    ) AS n ON n.kind COLLATE Latin1_General_100_BIN2 = a.kind AND n.old_id = a.target_id
    WHERE n.new_id <> n.old_id;
    UPDATE a
    SET target_id = m.target_id
    FROM kb.adjudication AS a
    JOIN #moved_decision AS m ON m.adjudication_id = a.adjudication_id;
    INSERT INTO #going_step (kind, row_id) SELECT DISTINCT m.kind, m.target_id FROM #moved_decision AS m;
    WHILE EXISTS (SELECT 1 FROM #going_step AS s)
    BEGIN
        SELECT TOP (1) @place = s.place, @kind = s.kind, @id = s.row_id FROM #going_step AS s ORDER BY s.place;
        EXEC kb.usp_rebuild_row @kind = @kind, @id = @id, @now = @now;
        DELETE FROM #going_step WHERE place = @place;
    END;

    UPDATE d
    SET undone_at = COALESCE(d.undone_at, @now), undone_by = COALESCE(d.undone_by, N'page forget'), reason = NULL, relation_type = NULL
    FROM kb.identity_decision AS d
    WHERE EXISTS (SELECT 1 FROM #going_entity AS g WHERE g.entity_id IN (d.entity_id, d.other_entity_id));
    SET @result = @@ROWCOUNT;
    DELETE FROM r FROM kb.resolution AS r JOIN #going_entity AS g ON g.entity_id = r.entity_id;
    DELETE FROM c
    FROM kb.identity_candidate AS c
    WHERE EXISTS (SELECT 1 FROM #going_entity AS g WHERE g.entity_id IN (c.first_entity_id, c.second_entity_id));
    DELETE FROM b FROM kb.bridge_entity_relation AS b JOIN #going_entity AS g ON g.entity_id = b.from_entity_id;
    DELETE FROM b FROM kb.bridge_entity_relation AS b JOIN #going_entity AS g ON g.entity_id = b.to_entity_id;
    DELETE FROM f FROM kb.fact_attribute AS f JOIN #going_entity AS g ON g.entity_id = f.entity_id;
    DELETE FROM a FROM kb.entity_alias AS a JOIN #going_entity AS g ON g.entity_id = a.entity_id;
    UPDATE d SET location_id = NULL FROM kb.dim_event AS d JOIN #going_entity AS g ON g.entity_id = d.location_id;
    UPDATE d SET parent_location_id = NULL FROM kb.dim_location AS d JOIN #going_entity AS g ON g.entity_id = d.parent_location_id
        AND d.parent_location_id IS NOT NULL;
    DELETE FROM d FROM kb.dim_event AS d JOIN #going_entity AS g ON g.entity_id = d.event_id;
    DELETE FROM d FROM kb.dim_work AS d JOIN #going_entity AS g ON g.entity_id = d.work_id;
    DELETE FROM d FROM kb.dim_location AS d JOIN #going_entity AS g ON g.entity_id = d.location_id;
    DELETE FROM d FROM kb.dim_period AS d JOIN #going_entity AS g ON g.entity_id = d.period_id;
    DELETE FROM d FROM kb.dim_concept AS d JOIN #going_entity AS g ON g.entity_id = d.concept_id;
    DELETE FROM d FROM kb.dim_tag AS d JOIN #going_entity AS g ON g.entity_id = d.tag_id;
    UPDATE e SET moved_to_entity_id = NULL FROM kb.dim_entity AS e JOIN #going_entity AS g ON g.entity_id = e.moved_to_entity_id
        AND e.moved_to_entity_id IS NOT NULL;
    UPDATE e
    SET moved_to_entity_id = NULL
    FROM kb.dim_entity AS e
    JOIN #going_entity AS g ON g.entity_id = e.entity_id
    WHERE e.moved_to_entity_id IS NOT NULL;
    DELETE FROM e
    FROM kb.dim_entity AS e
    JOIN #going_entity AS g ON g.entity_id = e.entity_id
    WHERE NOT EXISTS (SELECT 1 FROM kb.identity_decision AS d WHERE d.entity_id = e.entity_id)
      AND NOT EXISTS (SELECT 1 FROM kb.identity_decision AS d WHERE d.other_entity_id = e.entity_id);
    -- No name has such a key: keys are lower case.
    UPDATE e
    SET name_key = CONCAT(N'FORGOTTEN ', e.entity_id), type_family = N'unknown', disambiguator = N'', entity_name = N'forgotten',
        entity_type = N'unknown', type_confidence = NULL, description = NULL, description_confidence = NULL, attributes = N'[]',
        confidence = 0, observation_count = 0, mention_count = 0, promotion_state = N'suppressed', needs_review = 0,
        undecided = NULL, retracted_at = COALESCE(e.retracted_at, @now), forgotten_at = @now, updated_at = @now
    FROM kb.dim_entity AS e
    JOIN #going_entity AS g ON g.entity_id = e.entity_id;
END;
