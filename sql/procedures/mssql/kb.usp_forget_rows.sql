-- Purpose:     erase what retracted rows still say: nothing rests on them, and the page that they came from may be gone;
--              internal.
-- Parameters:  @entity_ids whose rows are looked at.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: yes. Nobody routes meanwhile: the caller holds the lock.
-- A retracted row is only needed where somebody decided about it, for the decision holds when its evidence comes back: then
-- it stays while some assertion, retracted or not, says what it says, in the words of its key alone.
CREATE OR ALTER PROCEDURE kb.usp_forget_rows @entity_ids nvarchar(max)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    CREATE TABLE #looked_at (entity_id bigint NOT NULL PRIMARY KEY);
    CREATE TABLE #kept_row (kind nvarchar(40) COLLATE Latin1_General_100_BIN2 NOT NULL, row_id bigint NOT NULL, PRIMARY KEY (kind, row_id));
    INSERT INTO #looked_at (entity_id) SELECT DISTINCT CONVERT(bigint, i.[value]) FROM OPENJSON(@entity_ids) AS i;
    DELETE FROM a FROM kb.entity_alias AS a JOIN #looked_at AS i ON i.entity_id = a.entity_id WHERE a.retracted_at IS NOT NULL;
    DELETE FROM d FROM kb.dim_event AS d JOIN #looked_at AS i ON i.entity_id = d.event_id WHERE d.retracted_at IS NOT NULL;
    DELETE FROM d FROM kb.dim_work AS d JOIN #looked_at AS i ON i.entity_id = d.work_id WHERE d.retracted_at IS NOT NULL;
    DELETE FROM d FROM kb.dim_location AS d JOIN #looked_at AS i ON i.entity_id = d.location_id WHERE d.retracted_at IS NOT NULL;
    DELETE FROM d FROM kb.dim_period AS d JOIN #looked_at AS i ON i.entity_id = d.period_id WHERE d.retracted_at IS NOT NULL;
    DELETE FROM d FROM kb.dim_concept AS d JOIN #looked_at AS i ON i.entity_id = d.concept_id WHERE d.retracted_at IS NOT NULL;
    DELETE FROM d FROM kb.dim_tag AS d JOIN #looked_at AS i ON i.entity_id = d.tag_id WHERE d.retracted_at IS NOT NULL;

    INSERT INTO #kept_row (kind, row_id)
    SELECT N'fact', f.fact_attribute_id
    FROM kb.fact_attribute AS f
    JOIN #looked_at AS i ON i.entity_id = f.entity_id
    WHERE f.retracted_at IS NOT NULL
      AND EXISTS (SELECT 1 FROM kb.adjudication AS d WHERE d.kind = N'fact' AND d.target_id = f.fact_attribute_id AND d.undone_at IS NULL)
      AND EXISTS (
          SELECT 1
          FROM kb.fn_merge_group(kb.fn_master_entity(f.entity_id)) AS g
          JOIN kb.resolution AS r ON r.entity_id = g.entity_id
          JOIN kb.assertion AS a ON a.assertion_id = r.assertion_id
          CROSS APPLY kb.fn_facts(a.item_kind, a.keys, a.payload) AS s
          WHERE s.mention = r.mention AND s.attribute_key = f.attribute_key AND s.value_key = f.value_key AND s.unit_key = f.unit_key
            AND s.start_key = f.start_key AND s.end_key = f.end_key AND s.from_work_key = f.from_work_key
            AND s.to_work_key = f.to_work_key AND s.continuity_key = f.continuity_key);
    DELETE FROM f
    FROM kb.fact_attribute AS f
    JOIN #looked_at AS i ON i.entity_id = f.entity_id
    WHERE f.retracted_at IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM #kept_row AS k WHERE k.kind = N'fact' AND k.row_id = f.fact_attribute_id);
    UPDATE f
    SET attribute = f.attribute_key, value = f.value_key, unit = NULLIF(f.unit_key, N''), start_text = NULLIF(f.start_key, N''),
        end_text = NULLIF(f.end_key, N''), from_work = NULLIF(f.from_work_key, N''), to_work = NULLIF(f.to_work_key, N''),
        continuity = NULLIF(f.continuity_key, N''), decided_attribute_key = NULL
    FROM kb.fact_attribute AS f
    JOIN #looked_at AS i ON i.entity_id = f.entity_id
    WHERE f.retracted_at IS NOT NULL;

    INSERT INTO #kept_row (kind, row_id)
    SELECT N'relation', b.entity_relation_id
    FROM kb.bridge_entity_relation AS b
    WHERE b.retracted_at IS NOT NULL
      AND EXISTS (SELECT 1 FROM #looked_at AS i WHERE i.entity_id IN (b.from_entity_id, b.to_entity_id))
      AND EXISTS (
          SELECT 1 FROM kb.adjudication AS d WHERE d.kind = N'relation' AND d.target_id = b.entity_relation_id AND d.undone_at IS NULL)
      AND EXISTS (
          SELECT 1
          FROM kb.fn_merge_group(kb.fn_master_entity(b.from_entity_id)) AS g
          JOIN kb.resolution AS r ON r.entity_id = g.entity_id
          JOIN kb.resolution AS o ON o.assertion_id = r.assertion_id
          JOIN kb.fn_merge_group(kb.fn_master_entity(b.to_entity_id)) AS h ON h.entity_id = o.entity_id
          JOIN kb.assertion AS a ON a.assertion_id = r.assertion_id
          CROSS APPLY kb.fn_relations(a.item_kind, a.keys, a.payload) AS s
          WHERE s.from_mention = r.mention AND s.to_mention = o.mention AND s.relation_key = b.relation_key
            AND s.start_key = b.start_key AND s.end_key = b.end_key AND s.from_work_key = b.from_work_key
            AND s.to_work_key = b.to_work_key AND s.continuity_key = b.continuity_key);
    DELETE FROM b
    FROM kb.bridge_entity_relation AS b
    WHERE b.retracted_at IS NOT NULL
      AND EXISTS (SELECT 1 FROM #looked_at AS i WHERE i.entity_id IN (b.from_entity_id, b.to_entity_id))
      AND NOT EXISTS (SELECT 1 FROM #kept_row AS k WHERE k.kind = N'relation' AND k.row_id = b.entity_relation_id);
    UPDATE b
    SET relation_type = b.relation_key, start_text = NULLIF(b.start_key, N''), end_text = NULLIF(b.end_key, N''),
        from_work = NULLIF(b.from_work_key, N''), to_work = NULLIF(b.to_work_key, N''), continuity = NULLIF(b.continuity_key, N''),
        decided_relation_key = NULL
    FROM kb.bridge_entity_relation AS b
    WHERE b.retracted_at IS NOT NULL
      AND EXISTS (SELECT 1 FROM #looked_at AS i WHERE i.entity_id IN (b.from_entity_id, b.to_entity_id));

    -- What was merged into another entity keeps its own name, if something still gives it one.
    UPDATE e
    SET entity_name = COALESCE(n.name, e.name_key), entity_type = COALESCE(n.type, e.type_family), type_confidence = NULL,
        description = NULL, description_confidence = NULL, attributes = N'[]', confidence = 0
    FROM kb.dim_entity AS e
    JOIN #looked_at AS i ON i.entity_id = e.entity_id
    OUTER APPLY (
        SELECT TOP (1) m.name, NULLIF(m.type, N'') AS type
        FROM kb.resolution AS r
        JOIN kb.assertion AS a ON a.assertion_id = r.assertion_id
        CROSS APPLY kb.fn_mentions(a.item_kind, a.keys, a.payload) AS m
        WHERE r.entity_id = e.entity_id AND r.superseded_at IS NULL AND m.mention = r.mention AND m.name <> N''
        ORDER BY a.confidence DESC, m.name COLLATE Latin1_General_100_BIN2
    ) AS n
    WHERE e.retracted_at IS NOT NULL AND e.forgotten_at IS NULL;
END;
