-- Purpose:     recompute the bridges whose assertions changed or whose ends moved; internal.
-- Parameters:  @run_id whose kb.stage_change and resolutions are written; @now UTC.
-- Returns:     inserted rows and added links.
-- Errors:      none.
-- Idempotency: a row whose values are right is not written.
-- Rules: the raw type of the most confident assertion, then the first in binary order; of the texts behind the time, work and
-- continuity keys the first in binary order; confidence and state the highest; a relation without assertions is retracted;
-- what people decided (kb.adjudication) stands above it, also after an end was merged into another entity.
CREATE OR ALTER PROCEDURE kb.usp_rebuild_relations
    @run_id uniqueidentifier, @now datetime2(3), @inserted int = NULL OUTPUT, @linked int = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @decided bit = 0, @locked int;
    IF EXISTS (SELECT 1 FROM kb.adjudication AS d WHERE d.kind = N'relation' AND d.undone_at IS NULL) SET @decided = 1;
    -- With little memory, here and below: more is expected of the documents than they hold, and of texts that they are longer.
    INSERT INTO kb.stage_relation (run_id, assertion_id, from_entity_id, to_entity_id, relation_key, start_key, end_key,
        from_work_key, to_work_key, continuity_key, relation_type, start_text, start_earliest, start_latest, start_precision,
        end_text, end_earliest, end_latest, end_precision, from_work, to_work, continuity, confidence, state_rank)
    SELECT @run_id, c.assertion_id, r.from_entity_id, r.to_entity_id, r.relation_key, r.start_key, r.end_key, r.from_work_key,
        r.to_work_key, r.continuity_key, r.relation_type, r.start_text, r.start_earliest, r.start_latest, r.start_precision, r.end_text,
        r.end_earliest, r.end_latest, r.end_precision, r.from_work, r.to_work, r.continuity, r.confidence, r.state_rank
    FROM kb.stage_change AS c
    CROSS APPLY kb.fn_assertion_relations(c.assertion_id) AS r
    WHERE c.run_id = @run_id AND c.change >= 0 AND c.item_kind IN (N'relationship', N'event', N'work', N'location', N'tag')
    OPTION (FORCE ORDER, MAX_GRANT_PERCENT = 1);
    IF EXISTS (SELECT 1 FROM kb.stage_change AS c WHERE c.run_id = @run_id AND c.item_kind = N'decided_relation')
        INSERT INTO kb.stage_relation (run_id, assertion_id, from_entity_id, to_entity_id, relation_key, start_key, end_key,
            from_work_key, to_work_key, continuity_key, relation_type, confidence, state_rank)
        SELECT @run_id, c.assertion_id, r.from_entity_id, r.to_entity_id, r.relation_key, r.start_key, r.end_key,
            r.from_work_key, r.to_work_key, r.continuity_key, r.relation_type, r.confidence, r.state_rank
        FROM kb.stage_change AS c
        CROSS APPLY kb.fn_decided_relations(c.assertion_id) AS r
        WHERE c.run_id = @run_id AND c.change >= 0 AND c.item_kind = N'decided_relation'
        OPTION (MAX_GRANT_PERCENT = 1);

    -- Both ends are locked, so nobody else inserts a bridge between them: an id can be taken before the row is there.
    CREATE TABLE #rebuilt_relation_known (
        entity_relation_id  bigint        NULL,
        is_new              bit           NOT NULL,
        from_entity_id      bigint        NOT NULL,
        to_entity_id        bigint        NOT NULL,
        relation_key        nvarchar(300) COLLATE Latin1_General_100_BIN2 NOT NULL,
        start_key           nvarchar(150) COLLATE Latin1_General_100_BIN2 NOT NULL,
        end_key             nvarchar(150) COLLATE Latin1_General_100_BIN2 NOT NULL,
        from_work_key       nvarchar(300) COLLATE Latin1_General_100_BIN2 NOT NULL,
        to_work_key         nvarchar(300) COLLATE Latin1_General_100_BIN2 NOT NULL,
        continuity_key      nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL
    );
    INSERT INTO #rebuilt_relation_known (entity_relation_id, is_new, from_entity_id, to_entity_id, relation_key, start_key, end_key,
        from_work_key, to_work_key, continuity_key)
    SELECT b.entity_relation_id, IIF(b.entity_relation_id IS NULL, 1, 0), k.from_entity_id, k.to_entity_id, k.relation_key, k.start_key,
        k.end_key, k.from_work_key, k.to_work_key, k.continuity_key
    FROM (
        SELECT DISTINCT g.from_entity_id, g.to_entity_id, g.relation_key, g.start_key, g.end_key, g.from_work_key, g.to_work_key,
            g.continuity_key
        FROM kb.stage_relation AS g
        WHERE g.run_id = @run_id
    ) AS k
    LEFT JOIN kb.bridge_entity_relation AS b
        ON b.from_entity_id = k.from_entity_id AND b.to_entity_id = k.to_entity_id AND b.relation_key = k.relation_key
        AND b.start_key = k.start_key AND b.end_key = k.end_key AND b.from_work_key = k.from_work_key
        AND b.to_work_key = k.to_work_key AND b.continuity_key = k.continuity_key;
    UPDATE #rebuilt_relation_known
    SET entity_relation_id = NEXT VALUE FOR kb.bridge_entity_relation_entity_relation_id_seq
    WHERE is_new = 1;
    SELECT @inserted = COUNT(*) FROM #rebuilt_relation_known AS k WHERE k.is_new = 1;
    -- Hashed: many may be staged, and there is no index on all of the key.
    UPDATE g
    SET entity_relation_id = k.entity_relation_id
    FROM kb.stage_relation AS g
    INNER HASH JOIN #rebuilt_relation_known AS k
        ON k.from_entity_id = g.from_entity_id AND k.to_entity_id = g.to_entity_id AND k.relation_key = g.relation_key
        AND k.start_key = g.start_key AND k.end_key = g.end_key AND k.from_work_key = g.from_work_key
        AND k.to_work_key = g.to_work_key AND k.continuity_key = g.continuity_key
    WHERE g.run_id = @run_id;
    INSERT INTO kb.stage_link (run_id, target_table, target_id, assertion_id)
    SELECT DISTINCT @run_id, N'bridge_entity_relation', g.entity_relation_id, g.assertion_id
    FROM kb.stage_relation AS g
    WHERE g.run_id = @run_id;
    EXEC kb.usp_sync_links @run_id = @run_id, @target_table = N'bridge_entity_relation', @result = @linked OUTPUT;
    IF NOT EXISTS (SELECT 1 FROM kb.stage_touched AS t WHERE t.run_id = @run_id AND t.target_table = N'bridge_entity_relation')
        RETURN;

    -- In key order: the table variable is read in the order of its key, row by row.
    DECLARE @touched TABLE (place int IDENTITY(1, 1) NOT NULL PRIMARY KEY, entity_relation_id bigint NOT NULL);
    INSERT INTO @touched (entity_relation_id)
    SELECT b.entity_relation_id
    FROM (
        SELECT DISTINCT t.target_id
        FROM kb.stage_touched AS t
        WHERE t.run_id = @run_id AND t.target_table = N'bridge_entity_relation'
    ) AS d
    JOIN kb.bridge_entity_relation AS b ON b.entity_relation_id = d.target_id
    ORDER BY b.from_entity_id, b.to_entity_id, b.relation_key, b.start_key, b.end_key, b.from_work_key, b.to_work_key, b.continuity_key;
    SELECT @locked = COUNT(*)
    FROM @touched AS t
    INNER LOOP JOIN kb.bridge_entity_relation AS b WITH (UPDLOCK, ROWLOCK) ON b.entity_relation_id = t.entity_relation_id
    OPTION (FORCE ORDER, MAXDOP 1);

    -- A row that lost evidence, or of which it is not known what the evidence alone says, is computed afresh from all that
    -- supports it.
    IF @decided = 1
        INSERT INTO kb.stage_touched (run_id, target_table, target_id, assertion_id, change)
        SELECT @run_id, N'bridge_entity_relation', t.target_id, t.assertion_id, 0
        FROM (
            SELECT DISTINCT s.target_id, s.assertion_id
            FROM kb.stage_touched AS s
            WHERE s.run_id = @run_id AND s.target_table = N'bridge_entity_relation'
        ) AS t
        LEFT JOIN kb.bridge_entity_relation AS b ON b.entity_relation_id = t.target_id
        WHERE IIF(b.undecided IS NULL, 0, 1) <> CASE
            WHEN (EXISTS (SELECT 1 FROM kb.adjudication AS d
                          WHERE d.kind = N'relation' AND d.target_id = t.target_id AND d.undone_at IS NULL)
                  OR EXISTS (SELECT 1 FROM kb.stage_relation AS g
                             CROSS APPLY (
                                 SELECT e.entity_id FROM kb.dim_entity AS e WHERE e.merged_into_entity_id = g.from_entity_id
                                     AND e.merged_into_entity_id IS NOT NULL
                                 UNION ALL
                                 SELECT e.entity_id FROM kb.dim_entity AS e WHERE e.merged_into_entity_id = g.to_entity_id
                                     AND e.merged_into_entity_id IS NOT NULL) AS m
                             WHERE g.run_id = @run_id AND g.entity_relation_id = t.target_id))
                AND EXISTS (SELECT 1 FROM kb.fn_relation_decision(@run_id, t.target_id) AS d) THEN 1
            ELSE 0 END;
    IF EXISTS (
        SELECT 1 FROM kb.stage_touched AS t WHERE t.run_id = @run_id AND t.target_table = N'bridge_entity_relation' AND t.change <= 0)
        INSERT INTO kb.stage_relation (run_id, assertion_id, entity_relation_id, from_entity_id, to_entity_id, relation_key,
            start_key, end_key, from_work_key, to_work_key, continuity_key, relation_type, start_text, start_earliest,
            start_latest, start_precision, end_text, end_earliest, end_latest, end_precision, from_work, to_work, continuity,
            confidence, state_rank)
        SELECT @run_id, l.assertion_id, f.target_id, r.from_entity_id, r.to_entity_id, r.relation_key, r.start_key, r.end_key,
            r.from_work_key, r.to_work_key, r.continuity_key, r.relation_type, r.start_text, r.start_earliest, r.start_latest,
            r.start_precision, r.end_text, r.end_earliest, r.end_latest, r.end_precision, r.from_work, r.to_work, r.continuity,
            r.confidence, r.state_rank
        FROM (
            SELECT DISTINCT t.target_id
            FROM kb.stage_touched AS t
            WHERE t.run_id = @run_id AND t.target_table = N'bridge_entity_relation' AND t.change <= 0
        ) AS f
        INNER LOOP JOIN kb.bridge_entity_relation AS b ON b.entity_relation_id = f.target_id
        INNER LOOP JOIN kb.assertion_link AS l ON l.target_table = N'bridge_entity_relation' AND l.target_id = f.target_id
        CROSS APPLY (
            SELECT a.from_entity_id, a.to_entity_id, a.relation_key, a.start_key, a.end_key, a.from_work_key, a.to_work_key,
                a.continuity_key, a.relation_type, a.start_text, a.start_earliest, a.start_latest, a.start_precision, a.end_text,
                a.end_earliest, a.end_latest, a.end_precision, a.from_work, a.to_work, a.continuity, a.confidence, a.state_rank
            FROM kb.fn_assertion_relations(l.assertion_id) AS a
            UNION ALL
            SELECT d.from_entity_id, d.to_entity_id, d.relation_key, d.start_key, d.end_key, d.from_work_key, d.to_work_key,
                d.continuity_key, d.relation_type, d.start_text, d.start_earliest, d.start_latest, d.start_precision, d.end_text,
                d.end_earliest, d.end_latest, d.end_precision, d.from_work, d.to_work, d.continuity, d.confidence, d.state_rank
            FROM kb.fn_decided_relations(l.assertion_id) AS d
        ) AS r
        WHERE r.from_entity_id = b.from_entity_id AND r.to_entity_id = b.to_entity_id
          AND b.relation_key = r.relation_key COLLATE Latin1_General_100_BIN2 AND b.start_key = r.start_key COLLATE Latin1_General_100_BIN2
          AND b.end_key = r.end_key COLLATE Latin1_General_100_BIN2 AND b.from_work_key = r.from_work_key COLLATE Latin1_General_100_BIN2
          AND b.to_work_key = r.to_work_key COLLATE Latin1_General_100_BIN2
          AND b.continuity_key = r.continuity_key COLLATE Latin1_General_100_BIN2
          AND NOT EXISTS (
              SELECT 1
              FROM kb.stage_relation AS g
              WHERE g.run_id = @run_id AND g.entity_relation_id = f.target_id AND g.assertion_id = l.assertion_id)
        OPTION (FORCE ORDER, MAX_GRANT_PERCENT = 1);

    CREATE TABLE #rebuilt_relation_touched (
        entity_relation_id  bigint NOT NULL PRIMARY KEY,
        is_full             bit    NOT NULL
    );
    INSERT INTO #rebuilt_relation_touched (entity_relation_id, is_full)
    SELECT t.target_id, MAX(IIF(t.change <= 0, 1, 0))
    FROM kb.stage_touched AS t
    WHERE t.run_id = @run_id AND t.target_table = N'bridge_entity_relation'
    GROUP BY t.target_id;

    CREATE TABLE #rebuilt_relation (
        entity_relation_id    bigint         NOT NULL PRIMARY KEY,
        may_be_decided        bit            NOT NULL,
        from_entity_id        bigint         NOT NULL,
        to_entity_id          bigint         NOT NULL,
        relation_key          nvarchar(300)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        decided_relation_key  nvarchar(300)  COLLATE Latin1_General_100_BIN2 NULL,
        start_key             nvarchar(150)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        end_key               nvarchar(150)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        from_work_key         nvarchar(300)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        to_work_key           nvarchar(300)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        continuity_key        nvarchar(200)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        relation_type         nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        start_text            nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        start_earliest        date           NULL,
        start_latest          date           NULL,
        start_precision       nvarchar(40)   COLLATE Latin1_General_100_BIN2 NULL,
        end_text              nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        end_earliest          date           NULL,
        end_latest            date           NULL,
        end_precision         nvarchar(40)   COLLATE Latin1_General_100_BIN2 NULL,
        from_work             nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        to_work               nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        continuity            nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        confidence            decimal(5, 4)  NOT NULL,
        observation_count     int            NOT NULL,
        promotion_state       nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        needs_review          bit            NOT NULL,
        undecided             nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL
    );
    -- Equal time keys parse to equal dates, so any of a group's dates is the group's.
    INSERT INTO #rebuilt_relation (entity_relation_id, may_be_decided, from_entity_id, to_entity_id, relation_key, start_key, end_key,
        from_work_key, to_work_key, continuity_key, relation_type, start_text, start_earliest, start_latest, start_precision, end_text,
        end_earliest, end_latest, end_precision, from_work, to_work, continuity, confidence, observation_count, promotion_state,
        needs_review)
    SELECT s.entity_relation_id, MAX(s.may_be_decided), MIN(s.from_entity_id), MIN(s.to_entity_id), MIN(s.relation_key),
        MIN(s.start_key), MIN(s.end_key), MIN(s.from_work_key), MIN(s.to_work_key), MIN(s.continuity_key),
        MAX(CASE WHEN s.type_place = 1 THEN s.relation_type END), MIN(s.start_text), MIN(s.start_earliest), MIN(s.start_latest),
        MIN(s.start_precision), MIN(s.end_text), MIN(s.end_earliest), MIN(s.end_latest), MIN(s.end_precision), MIN(s.from_work),
        MIN(s.to_work), MIN(s.continuity), MAX(s.confidence), COUNT(DISTINCT s.assertion_id) + SUM(s.older_observations),
        CHOOSE(MAX(s.state_rank) + 1, N'staged', N'suppressed', N'candidate', N'promoted'), IIF(MAX(s.state_rank) = 2, 1, 0)
    FROM (
        SELECT o.entity_relation_id, o.may_be_decided, o.assertion_id, o.older_observations, o.from_entity_id, o.to_entity_id,
            o.relation_key, o.start_key, o.end_key, o.from_work_key, o.to_work_key, o.continuity_key, o.relation_type, o.start_text,
            o.start_earliest, o.start_latest, o.start_precision, o.end_text, o.end_earliest, o.end_latest, o.end_precision, o.from_work,
            o.to_work, o.continuity, o.confidence, o.state_rank,
            ROW_NUMBER() OVER (PARTITION BY o.entity_relation_id
                ORDER BY o.confidence DESC, o.relation_type, DATALENGTH(o.relation_type)) AS type_place
        FROM (
            SELECT g.entity_relation_id, CONVERT(int, t.is_full) AS may_be_decided, g.assertion_id, 0 AS older_observations,
                g.from_entity_id, g.to_entity_id, g.relation_key, g.start_key, g.end_key, g.from_work_key, g.to_work_key,
                g.continuity_key, g.relation_type, g.start_text, g.start_earliest, g.start_latest, g.start_precision, g.end_text,
                g.end_earliest, g.end_latest, g.end_precision, g.from_work, g.to_work, g.continuity, g.confidence, g.state_rank
            FROM #rebuilt_relation_touched AS t
            JOIN kb.stage_relation AS g ON g.run_id = @run_id AND g.entity_relation_id = t.entity_relation_id
            WHERE t.is_full = 1 OR EXISTS (
                SELECT 1
                FROM kb.stage_touched AS s
                WHERE s.run_id = @run_id AND s.target_table = N'bridge_entity_relation' AND s.target_id = t.entity_relation_id
                  AND s.assertion_id = g.assertion_id)
            UNION ALL
            SELECT b.entity_relation_id, IIF(b.undecided IS NULL, 0, 1), NULL, b.observation_count, b.from_entity_id, b.to_entity_id,
                b.relation_key, b.start_key, b.end_key, b.from_work_key, b.to_work_key, b.continuity_key,
                IIF(b.undecided IS NULL, b.relation_type, u.relation_type), IIF(b.undecided IS NULL, b.start_text, u.start_text),
                IIF(b.undecided IS NULL, b.start_earliest, u.start_earliest), IIF(b.undecided IS NULL, b.start_latest, u.start_latest),
                IIF(b.undecided IS NULL, b.start_precision, u.start_precision), IIF(b.undecided IS NULL, b.end_text, u.end_text),
                IIF(b.undecided IS NULL, b.end_earliest, u.end_earliest), IIF(b.undecided IS NULL, b.end_latest, u.end_latest),
                IIF(b.undecided IS NULL, b.end_precision, u.end_precision), b.from_work, b.to_work, b.continuity, b.confidence,
                CASE IIF(b.undecided IS NULL, b.promotion_state, u.promotion_state)
                    WHEN N'suppressed' THEN 1 WHEN N'candidate' THEN 2 WHEN N'promoted' THEN 3 ELSE 0 END
            FROM #rebuilt_relation_touched AS t
            JOIN kb.bridge_entity_relation AS b ON b.entity_relation_id = t.entity_relation_id
            OUTER APPLY (
                SELECT j.relation_type COLLATE Latin1_General_100_BIN2 AS relation_type,
                    j.start_text COLLATE Latin1_General_100_BIN2 AS start_text, j.start_earliest, j.start_latest,
                    j.start_precision COLLATE Latin1_General_100_BIN2 AS start_precision,
                    j.end_text COLLATE Latin1_General_100_BIN2 AS end_text, j.end_earliest, j.end_latest,
                    j.end_precision COLLATE Latin1_General_100_BIN2 AS end_precision,
                    j.promotion_state COLLATE Latin1_General_100_BIN2 AS promotion_state
                FROM OPENJSON(b.undecided) WITH (
                    relation_type nvarchar(max) '$.relation_type', start_text nvarchar(max) '$.start_text',
                    start_earliest date '$.start_earliest', start_latest date '$.start_latest',
                    start_precision nvarchar(40) '$.start_precision', end_text nvarchar(max) '$.end_text',
                    end_earliest date '$.end_earliest', end_latest date '$.end_latest', end_precision nvarchar(40) '$.end_precision',
                    promotion_state nvarchar(40) '$.promotion_state') AS j
            ) AS u
            WHERE t.is_full = 0 AND b.retracted_at IS NULL
        ) AS o
    ) AS s
    GROUP BY s.entity_relation_id
    OPTION (MAX_GRANT_PERCENT = 1);

    IF @decided = 1
        UPDATE w
        SET decided_relation_key = d.decided_relation_key, relation_type = COALESCE(c.relation_type COLLATE Latin1_General_100_BIN2, w.relation_type),
            start_text = IIF(h.has_start = 1, c.start_text, w.start_text),
            start_earliest = IIF(h.has_start = 1, d.start_earliest, w.start_earliest),
            start_latest = IIF(h.has_start = 1, d.start_latest, w.start_latest),
            start_precision = IIF(h.has_start = 1, d.start_precision, w.start_precision),
            end_text = IIF(h.has_end = 1, c.end_text, w.end_text), end_earliest = IIF(h.has_end = 1, d.end_earliest, w.end_earliest),
            end_latest = IIF(h.has_end = 1, d.end_latest, w.end_latest),
            end_precision = IIF(h.has_end = 1, d.end_precision, w.end_precision),
            promotion_state = IIF(d.decision = N'reject', N'suppressed', N'adjudicated'), needs_review = 0,
            undecided = (
                SELECT w.relation_type AS relation_type, w.start_text AS start_text, w.start_earliest AS start_earliest,
                    w.start_latest AS start_latest, w.start_precision AS start_precision, w.end_text AS end_text,
                    w.end_earliest AS end_earliest, w.end_latest AS end_latest, w.end_precision AS end_precision,
                    w.promotion_state AS promotion_state
                FOR JSON PATH, INCLUDE_NULL_VALUES, WITHOUT_ARRAY_WRAPPER)
        FROM #rebuilt_relation AS w
        CROSS APPLY kb.fn_relation_decision(@run_id, w.entity_relation_id) AS d
        CROSS APPLY (
            SELECT MAX(IIF(j.[key] = N'start', 1, 0)) AS has_start, MAX(IIF(j.[key] = N'end', 1, 0)) AS has_end
            FROM OPENJSON(d.changes) AS j
        ) AS h
        OUTER APPLY (
            SELECT j.relation_type COLLATE Latin1_General_100_BIN2 AS relation_type,
                j.start_text COLLATE Latin1_General_100_BIN2 AS start_text, j.end_text COLLATE Latin1_General_100_BIN2 AS end_text
            FROM OPENJSON(d.changes) WITH (
                relation_type nvarchar(max) '$.relation_type', start_text nvarchar(max) '$.start', end_text nvarchar(max) '$.end') AS j
        ) AS c
        WHERE w.may_be_decided = 1;

    UPDATE b
    SET decided_relation_key = w.decided_relation_key, relation_type = w.relation_type, start_text = w.start_text,
        start_earliest = w.start_earliest, start_latest = w.start_latest, start_precision = w.start_precision, end_text = w.end_text,
        end_earliest = w.end_earliest, end_latest = w.end_latest, end_precision = w.end_precision, from_work = w.from_work,
        to_work = w.to_work, continuity = w.continuity, confidence = w.confidence, observation_count = w.observation_count,
        promotion_state = w.promotion_state, needs_review = w.needs_review, undecided = w.undecided, retracted_at = NULL, updated_at = @now
    FROM #rebuilt_relation AS w
    JOIN kb.bridge_entity_relation AS b ON b.entity_relation_id = w.entity_relation_id
    WHERE b.retracted_at IS NOT NULL OR NOT EXISTS (
        SELECT b.decided_relation_key, b.relation_type, DATALENGTH(b.relation_type), b.start_text, b.start_earliest, b.start_latest,
            b.start_precision, b.end_text, b.end_earliest, b.end_latest, b.end_precision, b.from_work, b.to_work, b.continuity,
            b.confidence, b.observation_count, b.promotion_state, b.needs_review, b.undecided
        INTERSECT
        SELECT w.decided_relation_key, w.relation_type, DATALENGTH(w.relation_type), w.start_text, w.start_earliest, w.start_latest,
            w.start_precision, w.end_text, w.end_earliest, w.end_latest, w.end_precision, w.from_work, w.to_work, w.continuity,
            w.confidence, w.observation_count, w.promotion_state, w.needs_review, w.undecided)
    OPTION (LOOP JOIN, FORCE ORDER);
    INSERT INTO kb.bridge_entity_relation (entity_relation_id, from_entity_id, to_entity_id, relation_key,
        decided_relation_key, relation_type, start_key, end_key, from_work_key, to_work_key, continuity_key, start_text, start_earliest,
        start_latest, start_precision, end_text, end_earliest, end_latest, end_precision, from_work, to_work, continuity, confidence,
        observation_count, promotion_state, needs_review, undecided, created_at, updated_at)
    SELECT w.entity_relation_id, w.from_entity_id, w.to_entity_id, w.relation_key, w.decided_relation_key, w.relation_type, w.start_key,
        w.end_key, w.from_work_key, w.to_work_key, w.continuity_key, w.start_text, w.start_earliest, w.start_latest, w.start_precision,
        w.end_text, w.end_earliest, w.end_latest, w.end_precision, w.from_work, w.to_work, w.continuity, w.confidence,
        w.observation_count, w.promotion_state, w.needs_review, w.undecided, @now, @now
    FROM #rebuilt_relation AS w
    WHERE NOT EXISTS (SELECT 1 FROM kb.bridge_entity_relation AS b WHERE b.entity_relation_id = w.entity_relation_id)
    ORDER BY w.from_entity_id, w.to_entity_id, w.relation_key, w.start_key, w.end_key
    OPTION (LOOP JOIN);

    UPDATE b
    SET observation_count = 0, needs_review = 0, undecided = NULL, retracted_at = @now, updated_at = @now
    FROM #rebuilt_relation_touched AS t
    JOIN kb.bridge_entity_relation AS b ON b.entity_relation_id = t.entity_relation_id
    WHERE t.is_full = 1 AND b.retracted_at IS NULL
      AND NOT EXISTS (
          SELECT 1 FROM kb.assertion_link AS l WHERE l.target_table = N'bridge_entity_relation' AND l.target_id = b.entity_relation_id)
    OPTION (LOOP JOIN, FORCE ORDER);
END;
