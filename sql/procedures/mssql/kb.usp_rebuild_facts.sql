-- Purpose:     recompute the facts whose assertions changed or whose subject moved; internal.
-- Parameters:  @run_id whose kb.stage_change and resolutions are written; @now UTC.
-- Returns:     inserted rows and added links.
-- Errors:      none.
-- Idempotency: a row whose values are right is not written.
-- Rules: the raw attribute and value of the most confident assertion, then the first in binary order; of the texts behind the
-- other keys the first in binary order; confidence and state the highest; a fact without assertions is retracted; what people
-- decided (kb.adjudication) stands above it, also after the subject was merged into another entity.
CREATE OR ALTER PROCEDURE kb.usp_rebuild_facts
    @run_id uniqueidentifier, @now datetime2(3), @inserted int = NULL OUTPUT, @linked int = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @decided bit = 0, @locked int;
    IF EXISTS (SELECT 1 FROM kb.adjudication AS d WHERE d.kind = N'fact' AND d.undone_at IS NULL) SET @decided = 1;
    -- With little memory, here and below: more is expected of the documents than they hold, and of texts that they are longer.
    INSERT INTO kb.stage_fact (run_id, assertion_id, entity_id, attribute_key, value_key, unit_key, start_key, end_key,
        from_work_key, to_work_key, continuity_key, attribute, value, unit, value_earliest, value_latest,
        value_precision, start_text, start_earliest, start_latest, start_precision,
        end_text, end_earliest, end_latest, end_precision, from_work, to_work, continuity, confidence, state_rank)
    SELECT @run_id, c.assertion_id, r.entity_id, r.attribute_key, r.value_key, r.unit_key, r.start_key, r.end_key, r.from_work_key,
        r.to_work_key, r.continuity_key, r.attribute, r.[value], r.unit, r.value_earliest, r.value_latest, r.value_precision,
        r.start_text, r.start_earliest, r.start_latest, r.start_precision, r.end_text, r.end_earliest, r.end_latest, r.end_precision,
        r.from_work, r.to_work, r.continuity, r.confidence, r.state_rank
    FROM kb.stage_change AS c
    CROSS APPLY kb.fn_assertion_facts(c.assertion_id) AS r
    WHERE c.run_id = @run_id AND c.change >= 0 AND c.item_kind IN (N'fact', N'event', N'work', N'period')
    OPTION (FORCE ORDER, MAX_GRANT_PERCENT = 1);

    -- Its subject is locked, so nobody else inserts a fact of it: an id can be taken before the row is there.
    CREATE TABLE #rebuilt_fact_known (
        fact_attribute_id  bigint        NULL,
        is_new             bit           NOT NULL,
        entity_id          bigint        NOT NULL,
        attribute_key      nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
        value_key          nvarchar(400) COLLATE Latin1_General_100_BIN2 NOT NULL,
        unit_key           nvarchar(120) COLLATE Latin1_General_100_BIN2 NOT NULL,
        start_key          nvarchar(150) COLLATE Latin1_General_100_BIN2 NOT NULL,
        end_key            nvarchar(150) COLLATE Latin1_General_100_BIN2 NOT NULL,
        from_work_key      nvarchar(300) COLLATE Latin1_General_100_BIN2 NOT NULL,
        to_work_key        nvarchar(300) COLLATE Latin1_General_100_BIN2 NOT NULL,
        continuity_key     nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL
    );
    INSERT INTO #rebuilt_fact_known (fact_attribute_id, is_new, entity_id, attribute_key, value_key, unit_key, start_key, end_key,
        from_work_key, to_work_key, continuity_key)
    SELECT b.fact_attribute_id, IIF(b.fact_attribute_id IS NULL, 1, 0), k.entity_id, k.attribute_key, k.value_key, k.unit_key,
        k.start_key, k.end_key, k.from_work_key, k.to_work_key, k.continuity_key
    FROM (
        SELECT DISTINCT g.entity_id, g.attribute_key, g.value_key, g.unit_key, g.start_key, g.end_key, g.from_work_key,
            g.to_work_key, g.continuity_key
        FROM kb.stage_fact AS g
        WHERE g.run_id = @run_id
    ) AS k
    LEFT JOIN kb.fact_attribute AS b
        ON b.entity_id = k.entity_id AND b.attribute_key = k.attribute_key
        AND b.value_key_sha256 = CONVERT(binary(32), HASHBYTES('SHA2_256', k.value_key)) AND b.value_key = k.value_key
        AND b.unit_key = k.unit_key AND b.start_key = k.start_key AND b.end_key = k.end_key AND b.from_work_key = k.from_work_key
        AND b.to_work_key = k.to_work_key AND b.continuity_key = k.continuity_key;
    UPDATE #rebuilt_fact_known
    SET fact_attribute_id = NEXT VALUE FOR kb.fact_attribute_fact_attribute_id_seq
    WHERE is_new = 1;
    SELECT @inserted = COUNT(*) FROM #rebuilt_fact_known AS k WHERE k.is_new = 1;
    -- Hashed: many may be staged, and there is no index on all of the key.
    UPDATE g
    SET fact_attribute_id = k.fact_attribute_id
    FROM kb.stage_fact AS g
    INNER HASH JOIN #rebuilt_fact_known AS k
        ON k.entity_id = g.entity_id AND k.attribute_key = g.attribute_key AND k.value_key = g.value_key AND k.unit_key = g.unit_key
        AND k.start_key = g.start_key AND k.end_key = g.end_key AND k.from_work_key = g.from_work_key
        AND k.to_work_key = g.to_work_key AND k.continuity_key = g.continuity_key
    WHERE g.run_id = @run_id;
    INSERT INTO kb.stage_link (run_id, target_table, target_id, assertion_id)
    SELECT DISTINCT @run_id, N'fact_attribute', g.fact_attribute_id, g.assertion_id
    FROM kb.stage_fact AS g
    WHERE g.run_id = @run_id;
    EXEC kb.usp_sync_links @run_id = @run_id, @target_table = N'fact_attribute', @result = @linked OUTPUT;
    IF NOT EXISTS (SELECT 1 FROM kb.stage_touched AS t WHERE t.run_id = @run_id AND t.target_table = N'fact_attribute')
        RETURN;

    -- In key order: the table variable is read in the order of its key, row by row.
    DECLARE @touched TABLE (place int IDENTITY(1, 1) NOT NULL PRIMARY KEY, fact_attribute_id bigint NOT NULL);
    INSERT INTO @touched (fact_attribute_id)
    SELECT b.fact_attribute_id
    FROM (
        SELECT DISTINCT t.target_id
        FROM kb.stage_touched AS t
        WHERE t.run_id = @run_id AND t.target_table = N'fact_attribute'
    ) AS d
    JOIN kb.fact_attribute AS b ON b.fact_attribute_id = d.target_id
    ORDER BY b.entity_id, b.attribute_key, b.value_key, b.unit_key, b.start_key, b.end_key, b.from_work_key, b.to_work_key,
        b.continuity_key;
    SELECT @locked = COUNT(*)
    FROM @touched AS t
    INNER LOOP JOIN kb.fact_attribute AS b WITH (UPDLOCK, ROWLOCK) ON b.fact_attribute_id = t.fact_attribute_id
    OPTION (FORCE ORDER, MAXDOP 1);

    -- A row that lost evidence, or of which it is not known what the evidence alone says, is computed afresh from all that
    -- supports it.
    IF @decided = 1
        INSERT INTO kb.stage_touched (run_id, target_table, target_id, assertion_id, change)
        SELECT @run_id, N'fact_attribute', t.target_id, t.assertion_id, 0
        FROM (
            SELECT DISTINCT s.target_id, s.assertion_id
            FROM kb.stage_touched AS s
            WHERE s.run_id = @run_id AND s.target_table = N'fact_attribute'
        ) AS t
        LEFT JOIN kb.fact_attribute AS b ON b.fact_attribute_id = t.target_id
        WHERE IIF(b.undecided IS NULL, 0, 1) <> CASE
            WHEN (EXISTS (SELECT 1 FROM kb.adjudication AS d
                          WHERE d.kind = N'fact' AND d.target_id = t.target_id AND d.undone_at IS NULL)
                  OR EXISTS (SELECT 1 FROM kb.stage_fact AS g
                             JOIN kb.dim_entity AS e ON e.merged_into_entity_id = g.entity_id AND e.merged_into_entity_id IS NOT NULL
                             WHERE g.run_id = @run_id AND g.fact_attribute_id = t.target_id))
                AND EXISTS (SELECT 1 FROM kb.fn_fact_decision(@run_id, t.target_id) AS d) THEN 1
            ELSE 0 END;
    IF EXISTS (SELECT 1 FROM kb.stage_touched AS t WHERE t.run_id = @run_id AND t.target_table = N'fact_attribute' AND t.change <= 0)
        INSERT INTO kb.stage_fact (run_id, assertion_id, fact_attribute_id, entity_id, attribute_key, value_key, unit_key,
            start_key, end_key, from_work_key, to_work_key, continuity_key, attribute, value, unit, value_earliest,
            value_latest, value_precision, start_text, start_earliest,
            start_latest, start_precision, end_text, end_earliest, end_latest, end_precision, from_work, to_work, continuity,
            confidence, state_rank)
        SELECT @run_id, l.assertion_id, f.target_id, r.entity_id, r.attribute_key, r.value_key, r.unit_key, r.start_key, r.end_key,
            r.from_work_key, r.to_work_key, r.continuity_key, r.attribute, r.[value], r.unit, r.value_earliest, r.value_latest,
            r.value_precision, r.start_text, r.start_earliest, r.start_latest, r.start_precision, r.end_text, r.end_earliest,
            r.end_latest, r.end_precision, r.from_work, r.to_work, r.continuity, r.confidence, r.state_rank
        FROM (
            SELECT DISTINCT t.target_id
            FROM kb.stage_touched AS t
            WHERE t.run_id = @run_id AND t.target_table = N'fact_attribute' AND t.change <= 0
        ) AS f
        INNER LOOP JOIN kb.fact_attribute AS b ON b.fact_attribute_id = f.target_id
        INNER LOOP JOIN kb.assertion_link AS l ON l.target_table = N'fact_attribute' AND l.target_id = f.target_id
        CROSS APPLY kb.fn_assertion_facts(l.assertion_id) AS r
        WHERE r.entity_id = b.entity_id AND r.attribute_key = b.attribute_key AND r.value_key = b.value_key AND r.unit_key = b.unit_key
          AND r.start_key = b.start_key AND r.end_key = b.end_key AND r.from_work_key = b.from_work_key
          AND r.to_work_key = b.to_work_key AND r.continuity_key = b.continuity_key
          AND NOT EXISTS (
              SELECT 1
              FROM kb.stage_fact AS g
              WHERE g.run_id = @run_id AND g.fact_attribute_id = f.target_id AND g.assertion_id = l.assertion_id)
        OPTION (FORCE ORDER, MAX_GRANT_PERCENT = 1);

    CREATE TABLE #rebuilt_fact_touched (
        fact_attribute_id  bigint NOT NULL PRIMARY KEY,
        is_full            bit    NOT NULL
    );
    INSERT INTO #rebuilt_fact_touched (fact_attribute_id, is_full)
    SELECT t.target_id, MAX(IIF(t.change <= 0, 1, 0))
    FROM kb.stage_touched AS t
    WHERE t.run_id = @run_id AND t.target_table = N'fact_attribute'
    GROUP BY t.target_id;

    CREATE TABLE #rebuilt_fact (
        fact_attribute_id      bigint         NOT NULL PRIMARY KEY,
        may_be_decided         bit            NOT NULL,
        entity_id              bigint         NOT NULL,
        attribute_key          nvarchar(200)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        decided_attribute_key  nvarchar(200)  COLLATE Latin1_General_100_BIN2 NULL,
        value_key              nvarchar(400)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        unit_key               nvarchar(120)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        start_key              nvarchar(150)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        end_key                nvarchar(150)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        from_work_key          nvarchar(300)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        to_work_key            nvarchar(300)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        continuity_key         nvarchar(200)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        attribute              nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        value                  nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        unit                   nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        value_earliest         date           NULL,
        value_latest           date           NULL,
        value_precision        nvarchar(40)   COLLATE Latin1_General_100_BIN2 NULL,
        start_text             nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        start_earliest         date           NULL,
        start_latest           date           NULL,
        start_precision        nvarchar(40)   COLLATE Latin1_General_100_BIN2 NULL,
        end_text               nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        end_earliest           date           NULL,
        end_latest             date           NULL,
        end_precision          nvarchar(40)   COLLATE Latin1_General_100_BIN2 NULL,
        from_work              nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        to_work                nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        continuity             nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        confidence             decimal(5, 4)  NOT NULL,
        observation_count      int            NOT NULL,
        promotion_state        nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        needs_review           bit            NOT NULL,
        undecided              nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL
    );
    -- Equal time keys parse to equal dates, so any of a group's dates is the group's.
    INSERT INTO #rebuilt_fact (fact_attribute_id, may_be_decided, entity_id, attribute_key, value_key, unit_key, start_key, end_key,
        from_work_key, to_work_key, continuity_key, attribute, value, unit, value_earliest, value_latest, value_precision, start_text,
        start_earliest, start_latest, start_precision, end_text, end_earliest, end_latest, end_precision, from_work, to_work,
        continuity, confidence, observation_count, promotion_state, needs_review)
    SELECT s.fact_attribute_id, MAX(s.may_be_decided), MIN(s.entity_id), MIN(s.attribute_key), MIN(s.value_key), MIN(s.unit_key),
        MIN(s.start_key), MIN(s.end_key), MIN(s.from_work_key), MIN(s.to_work_key), MIN(s.continuity_key),
        MAX(CASE WHEN s.attribute_place = 1 THEN s.attribute END), MAX(CASE WHEN s.value_place = 1 THEN s.value END), MIN(s.unit),
        MIN(s.value_earliest), MIN(s.value_latest), MIN(s.value_precision), MIN(s.start_text), MIN(s.start_earliest),
        MIN(s.start_latest), MIN(s.start_precision), MIN(s.end_text), MIN(s.end_earliest), MIN(s.end_latest), MIN(s.end_precision),
        MIN(s.from_work), MIN(s.to_work), MIN(s.continuity), MAX(s.confidence),
        COUNT(DISTINCT s.assertion_id) + SUM(s.older_observations),
        CHOOSE(MAX(s.state_rank) + 1, N'staged', N'suppressed', N'candidate', N'promoted'), IIF(MAX(s.state_rank) = 2, 1, 0)
    FROM (
        SELECT o.fact_attribute_id, o.may_be_decided, o.assertion_id, o.older_observations, o.entity_id, o.attribute_key, o.value_key,
            o.unit_key, o.start_key, o.end_key, o.from_work_key, o.to_work_key, o.continuity_key, o.attribute, o.value, o.unit,
            o.value_earliest, o.value_latest, o.value_precision, o.start_text, o.start_earliest, o.start_latest, o.start_precision,
            o.end_text, o.end_earliest, o.end_latest, o.end_precision, o.from_work, o.to_work, o.continuity, o.confidence, o.state_rank,
            ROW_NUMBER() OVER (PARTITION BY o.fact_attribute_id
                ORDER BY o.confidence DESC, o.attribute, DATALENGTH(o.attribute)) AS attribute_place,
            ROW_NUMBER() OVER (PARTITION BY o.fact_attribute_id
                ORDER BY o.confidence DESC, o.value, DATALENGTH(o.value)) AS value_place
        FROM (
            SELECT g.fact_attribute_id, CONVERT(int, t.is_full) AS may_be_decided, g.assertion_id, 0 AS older_observations, g.entity_id,
                g.attribute_key, g.value_key, g.unit_key, g.start_key, g.end_key, g.from_work_key, g.to_work_key, g.continuity_key,
                g.attribute, g.value, g.unit, g.value_earliest, g.value_latest, g.value_precision, g.start_text, g.start_earliest,
                g.start_latest, g.start_precision, g.end_text, g.end_earliest, g.end_latest, g.end_precision, g.from_work, g.to_work,
                g.continuity, g.confidence, g.state_rank
            FROM #rebuilt_fact_touched AS t
            JOIN kb.stage_fact AS g ON g.run_id = @run_id AND g.fact_attribute_id = t.fact_attribute_id
            WHERE t.is_full = 1 OR EXISTS (
                SELECT 1
                FROM kb.stage_touched AS s
                WHERE s.run_id = @run_id AND s.target_table = N'fact_attribute' AND s.target_id = t.fact_attribute_id
                  AND s.assertion_id = g.assertion_id)
            UNION ALL
            SELECT b.fact_attribute_id, IIF(b.undecided IS NULL, 0, 1), NULL, b.observation_count, b.entity_id, b.attribute_key,
                b.value_key, b.unit_key, b.start_key, b.end_key, b.from_work_key, b.to_work_key, b.continuity_key,
                IIF(b.undecided IS NULL, b.attribute, u.attribute), IIF(b.undecided IS NULL, b.value, u.value), b.unit,
                IIF(b.undecided IS NULL, b.value_earliest, u.value_earliest), IIF(b.undecided IS NULL, b.value_latest, u.value_latest),
                IIF(b.undecided IS NULL, b.value_precision, u.value_precision), IIF(b.undecided IS NULL, b.start_text, u.start_text),
                IIF(b.undecided IS NULL, b.start_earliest, u.start_earliest), IIF(b.undecided IS NULL, b.start_latest, u.start_latest),
                IIF(b.undecided IS NULL, b.start_precision, u.start_precision), IIF(b.undecided IS NULL, b.end_text, u.end_text),
                IIF(b.undecided IS NULL, b.end_earliest, u.end_earliest), IIF(b.undecided IS NULL, b.end_latest, u.end_latest),
                IIF(b.undecided IS NULL, b.end_precision, u.end_precision), b.from_work, b.to_work, b.continuity, b.confidence,
                CASE IIF(b.undecided IS NULL, b.promotion_state, u.promotion_state)
                    WHEN N'suppressed' THEN 1 WHEN N'candidate' THEN 2 WHEN N'promoted' THEN 3 ELSE 0 END
            FROM #rebuilt_fact_touched AS t
            JOIN kb.fact_attribute AS b ON b.fact_attribute_id = t.fact_attribute_id
            OUTER APPLY (
                SELECT j.attribute COLLATE Latin1_General_100_BIN2 AS attribute, j.[value] COLLATE Latin1_General_100_BIN2 AS value,
                    j.value_earliest, j.value_latest, j.value_precision COLLATE Latin1_General_100_BIN2 AS value_precision,
                    j.start_text COLLATE Latin1_General_100_BIN2 AS start_text, j.start_earliest, j.start_latest,
                    j.start_precision COLLATE Latin1_General_100_BIN2 AS start_precision,
                    j.end_text COLLATE Latin1_General_100_BIN2 AS end_text, j.end_earliest, j.end_latest,
                    j.end_precision COLLATE Latin1_General_100_BIN2 AS end_precision,
                    j.promotion_state COLLATE Latin1_General_100_BIN2 AS promotion_state
                FROM OPENJSON(b.undecided) WITH (
                    attribute nvarchar(max) '$.attribute', [value] nvarchar(max) '$.value', value_earliest date '$.value_earliest',
                    value_latest date '$.value_latest', value_precision nvarchar(40) '$.value_precision',
                    start_text nvarchar(max) '$.start_text', start_earliest date '$.start_earliest', start_latest date '$.start_latest',
                    start_precision nvarchar(40) '$.start_precision', end_text nvarchar(max) '$.end_text',
                    end_earliest date '$.end_earliest', end_latest date '$.end_latest', end_precision nvarchar(40) '$.end_precision',
                    promotion_state nvarchar(40) '$.promotion_state') AS j
            ) AS u
            WHERE t.is_full = 0 AND b.retracted_at IS NULL
        ) AS o
    ) AS s
    GROUP BY s.fact_attribute_id
    OPTION (MAX_GRANT_PERCENT = 1);

    -- Values of some attributes are times: when an event was, when a work came out.
    IF @decided = 1
        UPDATE w
        SET decided_attribute_key = d.decided_attribute_key, attribute = COALESCE(c.attribute COLLATE Latin1_General_100_BIN2, w.attribute),
            value = COALESCE(c.value COLLATE Latin1_General_100_BIN2, w.value), value_earliest = IIF(t.is_time = 1, v.earliest, w.value_earliest),
            value_latest = IIF(t.is_time = 1, v.latest, w.value_latest),
            value_precision = IIF(t.is_time = 1, v.time_precision, w.value_precision),
            start_text = IIF(h.has_start = 1, c.start_text, w.start_text),
            start_earliest = IIF(h.has_start = 1, d.start_earliest, w.start_earliest),
            start_latest = IIF(h.has_start = 1, d.start_latest, w.start_latest),
            start_precision = IIF(h.has_start = 1, d.start_precision, w.start_precision),
            end_text = IIF(h.has_end = 1, c.end_text, w.end_text), end_earliest = IIF(h.has_end = 1, d.end_earliest, w.end_earliest),
            end_latest = IIF(h.has_end = 1, d.end_latest, w.end_latest),
            end_precision = IIF(h.has_end = 1, d.end_precision, w.end_precision),
            promotion_state = IIF(d.decision = N'reject', N'suppressed', N'adjudicated'), needs_review = 0,
            undecided = (
                SELECT w.attribute AS attribute, w.value AS value, w.value_earliest AS value_earliest, w.value_latest AS value_latest,
                    w.value_precision AS value_precision, w.start_text AS start_text, w.start_earliest AS start_earliest,
                    w.start_latest AS start_latest, w.start_precision AS start_precision, w.end_text AS end_text,
                    w.end_earliest AS end_earliest, w.end_latest AS end_latest, w.end_precision AS end_precision,
                    w.promotion_state AS promotion_state
                FOR JSON PATH, INCLUDE_NULL_VALUES, WITHOUT_ARRAY_WRAPPER)
        FROM #rebuilt_fact AS w
        CROSS APPLY kb.fn_fact_decision(@run_id, w.fact_attribute_id) AS d
        CROSS APPLY (
            SELECT MAX(IIF(j.[key] = N'start', 1, 0)) AS has_start, MAX(IIF(j.[key] = N'end', 1, 0)) AS has_end,
                MAX(IIF(j.[key] IN (N'value', N'attribute'), 1, 0)) AS is_renamed
            FROM OPENJSON(d.changes) AS j
        ) AS h
        OUTER APPLY (
            SELECT j.attribute COLLATE Latin1_General_100_BIN2 AS attribute, j.[value] COLLATE Latin1_General_100_BIN2 AS value,
                j.start_text COLLATE Latin1_General_100_BIN2 AS start_text, j.end_text COLLATE Latin1_General_100_BIN2 AS end_text
            FROM OPENJSON(d.changes) WITH (
                attribute nvarchar(max) '$.attribute', [value] nvarchar(max) '$.value', start_text nvarchar(max) '$.start',
                end_text nvarchar(max) '$.end') AS j
        ) AS c
        CROSS APPLY (
            SELECT CASE WHEN h.is_renamed = 1 AND (w.value_precision IS NOT NULL
                OR d.decided_attribute_key IN (N'start', N'end', N'release_date')) THEN 1 ELSE 0 END AS is_time
        ) AS t
        OUTER APPLY kb.fn_time_bound(CASE WHEN t.is_time = 1 THEN COALESCE(c.value COLLATE Latin1_General_100_BIN2, w.value) END) AS v
        WHERE w.may_be_decided = 1;

    UPDATE b
    SET decided_attribute_key = w.decided_attribute_key, attribute = w.attribute, value = w.value, unit = w.unit,
        value_earliest = w.value_earliest, value_latest = w.value_latest, value_precision = w.value_precision,
        start_text = w.start_text, start_earliest = w.start_earliest, start_latest = w.start_latest, start_precision = w.start_precision,
        end_text = w.end_text, end_earliest = w.end_earliest, end_latest = w.end_latest, end_precision = w.end_precision,
        from_work = w.from_work, to_work = w.to_work, continuity = w.continuity, confidence = w.confidence,
        observation_count = w.observation_count, promotion_state = w.promotion_state, needs_review = w.needs_review,
        undecided = w.undecided, retracted_at = NULL, updated_at = @now
    FROM #rebuilt_fact AS w
    JOIN kb.fact_attribute AS b ON b.fact_attribute_id = w.fact_attribute_id
    WHERE b.retracted_at IS NOT NULL OR NOT EXISTS (
        SELECT b.decided_attribute_key, b.attribute, DATALENGTH(b.attribute), b.value, DATALENGTH(b.value), b.unit, b.value_earliest,
            b.value_latest, b.value_precision, b.start_text, b.start_earliest, b.start_latest, b.start_precision, b.end_text,
            b.end_earliest, b.end_latest, b.end_precision, b.from_work, b.to_work, b.continuity, b.confidence, b.observation_count,
            b.promotion_state, b.needs_review, b.undecided
        INTERSECT
        SELECT w.decided_attribute_key, w.attribute, DATALENGTH(w.attribute), w.value, DATALENGTH(w.value), w.unit, w.value_earliest,
            w.value_latest, w.value_precision, w.start_text, w.start_earliest, w.start_latest, w.start_precision, w.end_text,
            w.end_earliest, w.end_latest, w.end_precision, w.from_work, w.to_work, w.continuity, w.confidence, w.observation_count,
            w.promotion_state, w.needs_review, w.undecided)
    OPTION (LOOP JOIN, FORCE ORDER);
    INSERT INTO kb.fact_attribute (fact_attribute_id, entity_id, attribute_key, decided_attribute_key, value_key, unit_key, attribute,
        value, unit, value_earliest, value_latest, value_precision,
        start_key, end_key, from_work_key, to_work_key, continuity_key, start_text, start_earliest, start_latest,
        start_precision, end_text, end_earliest, end_latest, end_precision, from_work, to_work, continuity, confidence,
        observation_count, promotion_state, needs_review, undecided, created_at, updated_at)
    SELECT w.fact_attribute_id, w.entity_id, w.attribute_key, w.decided_attribute_key, w.value_key, w.unit_key, w.attribute, w.value,
        w.unit, w.value_earliest, w.value_latest, w.value_precision, w.start_key, w.end_key, w.from_work_key, w.to_work_key,
        w.continuity_key, w.start_text, w.start_earliest, w.start_latest, w.start_precision, w.end_text, w.end_earliest, w.end_latest,
        w.end_precision, w.from_work, w.to_work, w.continuity, w.confidence, w.observation_count, w.promotion_state, w.needs_review,
        w.undecided, @now, @now
    FROM #rebuilt_fact AS w
    WHERE NOT EXISTS (SELECT 1 FROM kb.fact_attribute AS b WHERE b.fact_attribute_id = w.fact_attribute_id)
    ORDER BY w.entity_id, w.attribute_key, w.value_key, w.unit_key, w.start_key, w.end_key
    OPTION (LOOP JOIN);

    UPDATE b
    SET observation_count = 0, needs_review = 0, undecided = NULL, retracted_at = @now, updated_at = @now
    FROM #rebuilt_fact_touched AS t
    JOIN kb.fact_attribute AS b ON b.fact_attribute_id = t.fact_attribute_id
    WHERE t.is_full = 1 AND b.retracted_at IS NULL
      AND NOT EXISTS (
          SELECT 1 FROM kb.assertion_link AS l WHERE l.target_table = N'fact_attribute' AND l.target_id = b.fact_attribute_id)
    OPTION (LOOP JOIN, FORCE ORDER);
END;
