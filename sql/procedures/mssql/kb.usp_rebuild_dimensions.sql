-- Purpose:     bring the dimension rows (kb.dim_event ...) of the entities that changed to what their entities, facts and
--              bridges say; internal.
-- Parameters:  @run_id whose entities, bridges and facts are rebuilt; @now UTC.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: a row whose values are right is not written.
-- An entity has the dimension of its family (kb.type_family), and the one that a live assertion shows it to have (an
-- event's location is a location whatever else it is). Times, release and canon status are those of the best fact, the
-- place and the parent those of the best bridge: adjudicated first, then the most confident, the most often seen, the first
-- in binary order. Facts and bridges of one entity may change in two transactions at once, but the second has waited for the
-- entity (kb.usp_lock_entities) and looks after the first has ended.
CREATE OR ALTER PROCEDURE kb.usp_rebuild_dimensions @run_id uniqueidentifier, @now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @dimensions nvarchar(100) = N'event work location period concept tag ', @target_table nvarchar(40),
        @has_lost bit = 0, @linked int;
    INSERT INTO kb.stage_link (run_id, target_table, target_id, assertion_id)
    SELECT DISTINCT @run_id, CONCAT(N'dim_', m.dimension), CASE WHEN e.merged_into_entity_id IS NULL THEN e.entity_id
        ELSE kb.fn_master_entity(e.entity_id) END, m.assertion_id
    FROM kb.stage_mention AS m
    JOIN kb.stage_change AS c ON c.run_id = @run_id AND c.assertion_id = m.assertion_id AND c.change = 1
    JOIN kb.dim_entity AS e ON e.entity_id = m.new_entity_id
    WHERE m.run_id = @run_id AND m.dimension <> N'';
    -- Of what is looked at again not every mention may be staged. Much more is expected of the documents than they hold: the
    -- rows are found one by one, and little memory is asked for.
    IF EXISTS (SELECT 1 FROM kb.stage_change AS c WHERE c.run_id = @run_id AND c.change = 0)
        INSERT INTO kb.stage_link (run_id, target_table, target_id, assertion_id)
        SELECT DISTINCT @run_id, CONCAT(N'dim_', m.dimension COLLATE Latin1_General_100_BIN2),
            CASE WHEN e.merged_into_entity_id IS NULL THEN e.entity_id ELSE kb.fn_master_entity(e.entity_id) END, c.assertion_id
        FROM kb.stage_change AS c
        INNER LOOP JOIN kb.assertion AS a ON a.assertion_id = c.assertion_id AND a.retracted_at IS NULL
        CROSS APPLY kb.fn_mentions(a.item_kind, a.keys, a.payload) AS m
        INNER LOOP JOIN kb.resolution AS r ON r.assertion_id = c.assertion_id AND r.mention = m.mention COLLATE Latin1_General_100_BIN2
            AND r.superseded_at IS NULL
        INNER LOOP JOIN kb.dim_entity AS e ON e.entity_id = r.entity_id
        WHERE c.run_id = @run_id AND c.change = 0 AND m.dimension <> N'' AND c.item_kind <> N'entity'
        OPTION (FORCE ORDER, MAX_GRANT_PERCENT = 1);
    IF EXISTS (SELECT 1 FROM kb.stage_change AS c WHERE c.run_id = @run_id AND c.item_kind <> N'entity')
    BEGIN
        IF EXISTS (SELECT 1 FROM kb.stage_change AS c WHERE c.run_id = @run_id AND c.item_kind <> N'entity' AND c.change <= 0)
            SET @has_lost = 1;
        WHILE @dimensions COLLATE Latin1_General_100_BIN2 <> N''
        BEGIN
            SET @target_table = CONCAT(N'dim_', LEFT(@dimensions, CHARINDEX(N' ', @dimensions) - 1));
            SET @dimensions = SUBSTRING(@dimensions, CHARINDEX(N' ', @dimensions) + 1, 100);
            IF @has_lost = 1 OR EXISTS (
                SELECT 1 FROM kb.stage_link AS s WHERE s.run_id = @run_id AND s.target_table = @target_table)
                EXEC kb.usp_sync_links @run_id = @run_id, @target_table = @target_table, @result = @linked OUTPUT;
        END;
    END;

    INSERT INTO kb.stage_dimension (run_id, entity_id)
    SELECT @run_id, e.entity_id
    FROM (
        SELECT t.target_id, MAX(IIF(t.change = 0, 1, 0)) AS is_again
        FROM kb.stage_touched AS t
        WHERE t.run_id = @run_id AND t.target_table = N'dim_entity'
        GROUP BY t.target_id
    ) AS o
    JOIN kb.dim_entity AS e ON e.entity_id = o.target_id
    WHERE EXISTS (SELECT 1 FROM kb.type_family AS f WHERE f.family = e.type_family)
       OR EXISTS (
           SELECT 1
           FROM kb.assertion_link AS l
           WHERE l.target_table IN (N'dim_event', N'dim_work', N'dim_location', N'dim_period', N'dim_concept', N'dim_tag')
             AND l.target_id = e.entity_id)
       -- A family may have lost its dimension.
       OR (o.is_again = 1 AND (
           EXISTS (SELECT 1 FROM kb.dim_event AS d WHERE d.event_id = e.entity_id)
           OR EXISTS (SELECT 1 FROM kb.dim_work AS d WHERE d.work_id = e.entity_id)
           OR EXISTS (SELECT 1 FROM kb.dim_location AS d WHERE d.location_id = e.entity_id)
           OR EXISTS (SELECT 1 FROM kb.dim_period AS d WHERE d.period_id = e.entity_id)
           OR EXISTS (SELECT 1 FROM kb.dim_concept AS d WHERE d.concept_id = e.entity_id)
           OR EXISTS (SELECT 1 FROM kb.dim_tag AS d WHERE d.tag_id = e.entity_id)))
    UNION
    SELECT t.run_id, t.target_id
    FROM kb.stage_touched AS t
    WHERE t.run_id = @run_id
      AND t.target_table IN (N'dim_event', N'dim_work', N'dim_location', N'dim_period', N'dim_concept', N'dim_tag')
    UNION
    SELECT t.run_id, b.from_entity_id
    FROM kb.stage_touched AS t
    JOIN kb.bridge_entity_relation AS b ON b.entity_relation_id = t.target_id
    WHERE t.run_id = @run_id AND t.target_table = N'bridge_entity_relation'
      AND (b.relation_key IN (N'location', N'part_of') OR b.decided_relation_key IN (N'location', N'part_of'))
    UNION
    SELECT t.run_id, f.entity_id
    FROM kb.stage_touched AS t
    JOIN kb.fact_attribute AS f ON f.fact_attribute_id = t.target_id
    WHERE t.run_id = @run_id AND t.target_table = N'fact_attribute'
      AND (f.attribute_key IN (N'start', N'end', N'release_date', N'canon_status')
           OR f.decided_attribute_key IN (N'start', N'end', N'release_date', N'canon_status'));
    IF @@ROWCOUNT = 0
        RETURN;

    EXEC kb.usp_rebuild_events @run_id = @run_id, @now = @now;
    EXEC kb.usp_rebuild_works @run_id = @run_id, @now = @now;
    EXEC kb.usp_rebuild_locations @run_id = @run_id, @now = @now;
    EXEC kb.usp_rebuild_periods @run_id = @run_id, @now = @now;
    EXEC kb.usp_rebuild_concepts @run_id = @run_id, @now = @now;
    EXEC kb.usp_rebuild_tags @run_id = @run_id, @now = @now;
END;
