-- Purpose:     recompute the entities whose assertions changed; internal.
-- Parameters:  @run_id whose kb.stage_change and resolutions are written; @now UTC.
-- Returns:     @result: the number of links added.
-- Errors:      none.
-- Idempotency: a row whose values are right is not written.
-- Rules: the name of the most confident assertion, then the first in binary order; likewise the type, of those whose type has
-- a family if there are any; the description of the most confident
-- assertion that has one, then the longest, then the first in binary order; attributes united; confidence and state the
-- highest; an entity without assertions is retracted; what people decided (kb.adjudication) stands above it, and what the
-- evidence says is kept beside it (undecided). All of these are maxima and unions, so a row that only gained assertions is
-- combined with the new ones alone; a row that lost one is computed afresh. Blanks at the end of a text, which = takes no
-- account of, are told apart by DATALENGTH.
CREATE OR ALTER PROCEDURE kb.usp_rebuild_entities @run_id uniqueidentifier, @now datetime2(3), @result int = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @decided bit = 0;
    IF EXISTS (SELECT 1 FROM kb.adjudication AS d WHERE d.kind = N'entity' AND d.undone_at IS NULL) SET @decided = 1;
    INSERT INTO kb.stage_link (run_id, target_table, target_id, assertion_id)
    SELECT DISTINCT @run_id, N'dim_entity', CASE WHEN e.merged_into_entity_id IS NULL THEN r.entity_id
        ELSE kb.fn_master_entity(r.entity_id) END, r.assertion_id
    FROM kb.stage_change AS c
    JOIN kb.resolution AS r ON r.assertion_id = c.assertion_id AND r.superseded_at IS NULL
    -- An entity that is new has no row yet.
    LEFT JOIN kb.dim_entity AS e ON e.entity_id = r.entity_id
    WHERE c.run_id = @run_id
      AND (r.mention = N'self' OR r.type_family <> N'unknown' OR e.type_family = N'unknown' OR EXISTS (
          SELECT 1
          FROM kb.stage_mention AS m
          WHERE m.run_id = @run_id AND m.name_key_sha256 = r.name_key_sha256 AND m.is_new = 1 AND m.type_family = N'unknown'
            AND m.new_entity_id = r.entity_id));
    EXEC kb.usp_sync_links @run_id = @run_id, @target_table = N'dim_entity', @result = @result OUTPUT;
    -- Of an assertion that stays linked another mention may be behind the link now.
    INSERT INTO kb.stage_touched (run_id, target_table, target_id, assertion_id, change)
    SELECT @run_id, N'dim_entity', l.target_id, l.assertion_id, 0
    FROM kb.stage_change AS c
    JOIN kb.assertion_link AS l ON l.assertion_id = c.assertion_id AND l.target_table = N'dim_entity'
    WHERE c.run_id = @run_id AND c.change = 0;

    EXEC kb.usp_stage_decided_relations @run_id = @run_id;
    EXEC kb.usp_lock_entities @run_id = @run_id;
    UPDATE e
    SET mention_count = e.mention_count + c.change
    FROM kb.stage_count AS c
    JOIN kb.dim_entity AS e ON e.entity_id = c.entity_id
    WHERE c.run_id = @run_id
    OPTION (LOOP JOIN, FORCE ORDER);

    -- A row of which it is not known what the evidence alone says is computed afresh.
    IF @decided = 1
        INSERT INTO kb.stage_touched (run_id, target_table, target_id, assertion_id, change)
        SELECT @run_id, N'dim_entity', t.target_id, 0, 0
        FROM (SELECT DISTINCT s.target_id FROM kb.stage_touched AS s WHERE s.run_id = @run_id AND s.target_table = N'dim_entity') AS t
        LEFT JOIN kb.dim_entity AS o ON o.entity_id = t.target_id
        WHERE IIF(o.undecided IS NULL, 0, 1) <> CASE
            WHEN (EXISTS (SELECT 1 FROM kb.adjudication AS d
                          WHERE d.kind = N'entity' AND d.target_id = t.target_id AND d.undone_at IS NULL)
                  OR EXISTS (SELECT 1 FROM kb.dim_entity AS e WHERE e.moved_to_entity_id = t.target_id
                      AND e.moved_to_entity_id IS NOT NULL))
                AND EXISTS (SELECT 1 FROM kb.fn_entity_decision(t.target_id) AS d) THEN 1
            ELSE 0 END;
    EXEC kb.usp_stage_evidence @run_id = @run_id, @target_table = N'dim_entity';

    CREATE TABLE #rebuilt_entity_touched (
        entity_id  bigint NOT NULL PRIMARY KEY,
        is_full    bit    NOT NULL
    );
    INSERT INTO #rebuilt_entity_touched (entity_id, is_full)
    SELECT t.target_id, MAX(IIF(t.change <= 0, 1, 0))
    FROM kb.stage_touched AS t
    WHERE t.run_id = @run_id AND t.target_table = N'dim_entity'
    GROUP BY t.target_id;

    -- assertion_id 0: the row as it is. With little memory: more is expected of the documents than they hold, and of long texts
    -- that they are longer than they are.
    CREATE TABLE #rebuilt_entity_source (
        entity_id               bigint         NOT NULL,
        assertion_id            bigint         NOT NULL,
        may_be_decided          bit            NOT NULL,
        observations            int            NOT NULL,
        entity_name             nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        entity_type             nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        type_confidence         decimal(5, 4)  NULL,
        description             nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        description_confidence  decimal(5, 4)  NULL,
        attributes              nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        confidence              decimal(5, 4)  NOT NULL,
        state_rank              int            NOT NULL,
        PRIMARY KEY (entity_id, assertion_id)
    );
    INSERT INTO #rebuilt_entity_source (entity_id, assertion_id, may_be_decided, observations, entity_name, entity_type, type_confidence,
        description, description_confidence, attributes, confidence, state_rank)
    SELECT v.target_id, v.assertion_id, t.is_full, 1, n.name, CASE WHEN DATALENGTH(n.type) > 0 THEN n.type ELSE N'unknown' END,
        CASE WHEN n.type_family <> N'unknown' THEN a.confidence END,
        CASE WHEN n.mention = N'self' AND DATALENGTH(p.description) > 0 THEN p.description END,
        CASE WHEN n.mention = N'self' AND DATALENGTH(p.description) > 0 THEN a.confidence END,
        CASE WHEN n.mention = N'self' THEN JSON_QUERY(a.payload, '$.attributes') END, a.confidence,
        CASE WHEN a.grounding <> N'loaded' AND (n.mention = N'self' OR n.mention LIKE N'tag:%') THEN COALESCE(g.state_rank, 0) ELSE 0 END
    FROM (
        SELECT s.target_id, s.assertion_id
        FROM kb.stage_touched AS s
        WHERE s.run_id = @run_id AND s.target_table = N'dim_entity'
        GROUP BY s.target_id, s.assertion_id
        HAVING MIN(s.change) >= 0
    ) AS v
    JOIN #rebuilt_entity_touched AS t ON t.entity_id = v.target_id
    JOIN kb.assertion AS a ON a.assertion_id = v.assertion_id
    CROSS APPLY (
        SELECT TOP (1) r.mention, m.name, m.type, r.type_family
        FROM kb.resolution AS r
        CROSS APPLY kb.fn_mentions(a.item_kind, a.keys, a.payload) AS m
        LEFT JOIN kb.dim_entity AS x ON x.entity_id = r.entity_id
        WHERE r.assertion_id = v.assertion_id AND r.superseded_at IS NULL AND m.mention COLLATE Latin1_General_100_BIN2 = r.mention
          AND (r.entity_id = v.target_id
               OR (x.merged_into_entity_id IS NOT NULL AND kb.fn_master_entity(r.entity_id) = v.target_id))
        ORDER BY IIF(r.mention = N'self', 0, 1), m.name COLLATE Latin1_General_100_BIN2, r.mention
    ) AS n
    OUTER APPLY OPENJSON(a.payload) WITH (description nvarchar(max) '$.description') AS p
    OUTER APPLY kb.fn_state_rank(a.job_type, a.item_kind, a.confidence, a.is_weak) AS g
    OPTION (MAX_GRANT_PERCENT = 1);
    INSERT INTO #rebuilt_entity_source (entity_id, assertion_id, may_be_decided, observations, entity_name, entity_type, type_confidence,
        description, description_confidence, attributes, confidence, state_rank)
    SELECT e.entity_id, 0, IIF(e.undecided IS NULL, 0, 1), e.observation_count, IIF(e.undecided IS NULL, e.entity_name, u.entity_name),
        IIF(e.undecided IS NULL, e.entity_type, u.entity_type), e.type_confidence,
        IIF(e.undecided IS NULL, e.description, u.description), e.description_confidence,
        IIF(e.undecided IS NULL, e.attributes, JSON_QUERY(e.undecided, '$.attributes')), e.confidence,
        CASE IIF(e.undecided IS NULL, e.promotion_state, u.promotion_state)
            WHEN N'suppressed' THEN 1 WHEN N'candidate' THEN 2 WHEN N'promoted' THEN 3 ELSE 0 END
    FROM #rebuilt_entity_touched AS t
    JOIN kb.dim_entity AS e ON e.entity_id = t.entity_id
    OUTER APPLY (
        SELECT j.entity_name COLLATE Latin1_General_100_BIN2 AS entity_name, j.entity_type COLLATE Latin1_General_100_BIN2 AS entity_type,
            j.description COLLATE Latin1_General_100_BIN2 AS description,
            j.promotion_state COLLATE Latin1_General_100_BIN2 AS promotion_state
        FROM OPENJSON(e.undecided) WITH (
            entity_name nvarchar(max) '$.entity_name', entity_type nvarchar(max) '$.entity_type', description nvarchar(max) '$.description',
            promotion_state nvarchar(40) '$.promotion_state') AS j
    ) AS u
    WHERE t.is_full = 0 AND e.retracted_at IS NULL;

    CREATE TABLE #rebuilt_entity (
        entity_id               bigint         NOT NULL PRIMARY KEY,
        may_be_decided          bit            NOT NULL,
        entity_name             nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        entity_type             nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        type_confidence         decimal(5, 4)  NULL,
        description             nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        description_confidence  decimal(5, 4)  NULL,
        attributes              nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        confidence              decimal(5, 4)  NOT NULL,
        observation_count       int            NOT NULL,
        state_rank              int            NOT NULL,
        promotion_state         nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        needs_review            bit            NOT NULL,
        undecided               nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL
    );
    INSERT INTO #rebuilt_entity (entity_id, may_be_decided, entity_name, entity_type, type_confidence, description,
        description_confidence, attributes, confidence, observation_count, state_rank, promotion_state, needs_review)
    SELECT s.entity_id, MAX(CONVERT(int, s.may_be_decided)), MAX(CASE WHEN s.name_place = 1 THEN s.entity_name END),
        MAX(CASE WHEN s.type_place = 1 THEN s.entity_type END), MAX(s.type_confidence),
        MAX(CASE WHEN s.description_place = 1 THEN s.description END), MAX(s.description_confidence), N'[]', MAX(s.confidence),
        SUM(s.observations), MAX(s.state_rank), CHOOSE(MAX(s.state_rank) + 1, N'staged', N'suppressed', N'candidate', N'promoted'),
        IIF(MAX(s.state_rank) = 2, 1, 0)
    FROM (
        SELECT o.entity_id, o.may_be_decided, o.observations, o.entity_name, o.entity_type, o.type_confidence, o.description,
            o.description_confidence, o.confidence, o.state_rank,
            ROW_NUMBER() OVER (PARTITION BY o.entity_id
                ORDER BY o.confidence DESC, o.entity_name, DATALENGTH(o.entity_name)) AS name_place,
            ROW_NUMBER() OVER (PARTITION BY o.entity_id
                ORDER BY IIF(o.type_confidence IS NULL, 1, 0), o.type_confidence DESC, o.entity_type,
                    DATALENGTH(o.entity_type)) AS type_place,
            ROW_NUMBER() OVER (PARTITION BY o.entity_id
                ORDER BY IIF(o.description_confidence IS NULL, 1, 0), o.description_confidence DESC, LEN(o.description + N'.') DESC,
                    o.description) AS description_place
        FROM #rebuilt_entity_source AS o
    ) AS s
    GROUP BY s.entity_id
    OPTION (MAX_GRANT_PERCENT = 1);

    -- Attributes that say the same, in whatever order of keys, are one.
    UPDATE w
    SET attributes = u.attributes
    FROM #rebuilt_entity AS w
    JOIN (
        SELECT q.entity_id, CONCAT(N'[', STRING_AGG(q.attribute, N',') WITHIN GROUP (ORDER BY q.place), N']') AS attributes
        FROM (
            SELECT d.entity_id, d.attribute, ROW_NUMBER() OVER (PARTITION BY d.entity_id
                ORDER BY IIF(d.[key] IS NULL, 1, 0), d.[key], IIF(d.[value] IS NULL, 1, 0), d.[value], IIF(d.unit IS NULL, 1, 0), d.unit,
                    d.attribute) AS place
            FROM (
                SELECT o.entity_id, o.[key], o.[value], o.unit, MIN(o.attribute) AS attribute
                FROM (
                    SELECT s.entity_id, k.[key] COLLATE Latin1_General_100_BIN2 AS [key],
                        k.[value] COLLATE Latin1_General_100_BIN2 AS [value], k.unit COLLATE Latin1_General_100_BIN2 AS unit,
                        IIF(x.[type] = 1, llm.fn_json_string(x.[value]), x.[value]) COLLATE Latin1_General_100_BIN2 AS attribute,
                        COALESCE(c.members, x.[value]) COLLATE Latin1_General_100_BIN2 AS members
                    FROM #rebuilt_entity_source AS s
                    CROSS APPLY OPENJSON(CASE WHEN LEFT(s.attributes, 1) = N'[' THEN s.attributes END) AS x
                    OUTER APPLY OPENJSON(CASE x.[type] WHEN 5 THEN x.[value] END) WITH (
                        [key] nvarchar(max) '$.key', [value] nvarchar(max) '$.value', unit nvarchar(max) '$.unit') AS k
                    OUTER APPLY (
                        SELECT STRING_AGG(CONCAT(CONVERT(nvarchar(max), j.[key] COLLATE Latin1_General_100_BIN2), NCHAR(31), j.[type],
                            NCHAR(31), IIF(j.[type] IN (4, 5), llm.fn_json_text(j.[value]), j.[value]) COLLATE Latin1_General_100_BIN2), NCHAR(30)) WITHIN GROUP (ORDER BY j.[key]) AS members
                        FROM OPENJSON(CASE x.[type] WHEN 5 THEN x.[value] END) AS j
                    ) AS c
                ) AS o
                GROUP BY o.entity_id, o.[key], o.[value], o.unit, o.members, DATALENGTH(o.members)
            ) AS d
        ) AS q
        GROUP BY q.entity_id
    ) AS u ON u.entity_id = w.entity_id;

    IF @decided = 1
        UPDATE w
        SET entity_name = COALESCE(c.entity_name COLLATE Latin1_General_100_BIN2, w.entity_name),
            entity_type = COALESCE(c.entity_type COLLATE Latin1_General_100_BIN2, w.entity_type),
            description = COALESCE(c.description COLLATE Latin1_General_100_BIN2, w.description),
            attributes = COALESCE(JSON_QUERY(d.changes, '$.attributes') COLLATE Latin1_General_100_BIN2, w.attributes),
            promotion_state = IIF(d.decision = N'reject', N'suppressed', N'adjudicated'), needs_review = 0,
            undecided = JSON_MODIFY((
                SELECT w.entity_name AS entity_name, w.entity_type AS entity_type, w.description AS description,
                    w.promotion_state AS promotion_state
                FOR JSON PATH, INCLUDE_NULL_VALUES, WITHOUT_ARRAY_WRAPPER), '$.attributes', JSON_QUERY(w.attributes))
        FROM #rebuilt_entity AS w
        CROSS APPLY kb.fn_entity_decision(w.entity_id) AS d
        OUTER APPLY OPENJSON(d.changes) WITH (
            entity_name nvarchar(max) '$.entity_name', entity_type nvarchar(max) '$.entity_type',
            description nvarchar(max) '$.description') AS c
        WHERE w.may_be_decided = 1;

    UPDATE e
    SET entity_name = w.entity_name, entity_type = w.entity_type, type_confidence = w.type_confidence, description = w.description,
        description_confidence = w.description_confidence, attributes = w.attributes, confidence = w.confidence,
        observation_count = w.observation_count, promotion_state = w.promotion_state, needs_review = w.needs_review,
        undecided = w.undecided, retracted_at = NULL, updated_at = @now
    FROM #rebuilt_entity AS w
    JOIN kb.dim_entity AS e ON e.entity_id = w.entity_id
    WHERE e.retracted_at IS NOT NULL OR NOT EXISTS (
        SELECT e.entity_name, DATALENGTH(e.entity_name), e.entity_type, DATALENGTH(e.entity_type), e.type_confidence, e.description,
            DATALENGTH(e.description), e.description_confidence, e.attributes, e.confidence, e.observation_count, e.promotion_state,
            e.needs_review, e.undecided
        INTERSECT
        SELECT w.entity_name, DATALENGTH(w.entity_name), w.entity_type, DATALENGTH(w.entity_type), w.type_confidence, w.description,
            DATALENGTH(w.description), w.description_confidence, w.attributes, w.confidence, w.observation_count, w.promotion_state,
            w.needs_review, w.undecided)
    OPTION (LOOP JOIN, FORCE ORDER);
    INSERT INTO kb.dim_entity (entity_id, name_key, type_family, disambiguator, entity_name, entity_type, type_confidence,
        description, description_confidence, attributes, confidence, observation_count, mention_count, promotion_state,
        needs_review, undecided, created_at, updated_at)
    SELECT w.entity_id, k.name_key, k.type_family, k.disambiguator, w.entity_name, w.entity_type, w.type_confidence, w.description,
        w.description_confidence, w.attributes, w.confidence, w.observation_count, k.mention_count, w.promotion_state, w.needs_review,
        w.undecided, @now, @now
    FROM #rebuilt_entity AS w
    JOIN (
        SELECT m.new_entity_id AS entity_id, m.name_key, m.type_family, m.disambiguator,
            SUM(IIF(m.type_family <> N'unknown', 1, 0)) AS mention_count
        FROM kb.stage_mention AS m
        WHERE m.run_id = @run_id AND m.is_new = 1
        GROUP BY m.new_entity_id, m.name_key, m.type_family, m.disambiguator
    ) AS k ON k.entity_id = w.entity_id
    WHERE NOT EXISTS (SELECT 1 FROM kb.dim_entity AS e WHERE e.entity_id = w.entity_id)
    ORDER BY k.name_key, k.type_family, k.disambiguator;

    UPDATE e
    SET observation_count = 0, needs_review = 0, undecided = NULL, retracted_at = COALESCE(e.retracted_at, @now), updated_at = @now,
        promotion_state = CASE WHEN e.merged_into_entity_id IS NULL THEN e.promotion_state ELSE N'merged' END
    FROM #rebuilt_entity_touched AS t
    JOIN kb.dim_entity AS e ON e.entity_id = t.entity_id
    WHERE t.is_full = 1
      AND NOT EXISTS (SELECT 1 FROM kb.assertion_link AS l WHERE l.target_table = N'dim_entity' AND l.target_id = e.entity_id)
      AND (e.retracted_at IS NULL OR (e.merged_into_entity_id IS NOT NULL AND e.promotion_state <> N'merged'))
    OPTION (LOOP JOIN, FORCE ORDER);

    EXEC kb.usp_rebuild_aliases @run_id = @run_id, @now = @now;
END;
