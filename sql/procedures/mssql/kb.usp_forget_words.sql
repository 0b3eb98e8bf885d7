-- Purpose:     take from decisions the words that only a page that goes has; internal.
-- Parameters:  json arrays: @source_page_ids that go; @text of them and of all that was said of them, in lower case; @entity_ids that they
--              spoke of; @now UTC.
-- Returns:     @decisions that lost words; @result_entity_ids, a json array, of what they were about.
-- Errors:      none.
-- Idempotency: yes. Nobody routes meanwhile: the caller holds the lock.
-- Reasons of models that may have been shown the pages go whole. What a person wrote loses a reason, a value or a relation with
-- a word (three letters or more) that is in these pages and in no other; an override without a value left is over.
-- Words end where those of kb.fn_has_word do. What is compared is the hash of a word: words may be as long as a text.
CREATE OR ALTER PROCEDURE kb.usp_forget_words
    @source_page_ids nvarchar(max), @text nvarchar(max), @entity_ids nvarchar(max), @now datetime2(3), @decisions int = NULL OUTPUT,
    @result_entity_ids nvarchar(max) = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @ids nvarchar(max), @place int = 1, @kind nvarchar(40), @id bigint, @ends nvarchar(100) = CONCAT(
        N'!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~',
        NCHAR(9), NCHAR(10), NCHAR(11), NCHAR(12), NCHAR(13), NCHAR(133), NCHAR(160), NCHAR(8195), NCHAR(8201), NCHAR(8232),
        NCHAR(8233), NCHAR(8239), NCHAR(12288), NCHAR(161), NCHAR(167), NCHAR(171), NCHAR(182), NCHAR(183), NCHAR(187), NCHAR(191),
        NCHAR(8208), NCHAR(8209), NCHAR(8210), NCHAR(8211), NCHAR(8212), NCHAR(8213), NCHAR(8216), NCHAR(8217), NCHAR(8218),
        NCHAR(8220), NCHAR(8221), NCHAR(8222), NCHAR(8226), NCHAR(8230), NCHAR(8249), NCHAR(8250));
    CREATE TABLE #going_page (source_page_id bigint NOT NULL PRIMARY KEY);
    CREATE TABLE #spoken_of (entity_id bigint NOT NULL PRIMARY KEY);
    CREATE TABLE #said_text (
        said_id  int            IDENTITY(1, 1) NOT NULL PRIMARY KEY,
        kind     nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        row_id   bigint         NOT NULL,
        field    nvarchar(4000) COLLATE Latin1_General_100_BIN2 NOT NULL,
        text     nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL
    );
    CREATE TABLE #said_word (
        said_id      int           NOT NULL,
        word_sha256  binary(32)    NOT NULL,
        word         nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL
    );
    CREATE TABLE #lost_word (
        word_sha256  binary(32)    NOT NULL PRIMARY KEY,
        word         nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL
    );
    CREATE TABLE #hit_text (
        kind    nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        row_id  bigint         NOT NULL,
        field   nvarchar(4000) COLLATE Latin1_General_100_BIN2 NOT NULL
    );
    CREATE TABLE #lost_decision (
        identity_decision_id  bigint NOT NULL PRIMARY KEY,
        entity_id             bigint NOT NULL,
        other_entity_id       bigint NOT NULL,
        loses_reason          bit    NOT NULL,
        loses_relation        bit    NOT NULL
    );
    CREATE TABLE #changed_row (
        place  int          IDENTITY(1, 1) NOT NULL PRIMARY KEY,
        kind   nvarchar(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
        row_id bigint       NOT NULL
    );
    CREATE TABLE #kept_changes (
        adjudication_id  bigint        NOT NULL PRIMARY KEY,
        changes          nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
        reason           nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL
    );
    INSERT INTO #going_page (source_page_id) SELECT DISTINCT CONVERT(bigint, i.[value]) FROM OPENJSON(@source_page_ids) AS i;
    INSERT INTO #spoken_of (entity_id) SELECT DISTINCT CONVERT(bigint, i.[value]) FROM OPENJSON(@entity_ids) AS i;
    INSERT INTO #said_text (kind, row_id, field, text)
    SELECT s.kind, s.row_id, s.field, s.text
    FROM (
        SELECT N'adjudication' AS kind, a.adjudication_id AS row_id, N'' AS field, a.reason AS text FROM kb.adjudication AS a
        UNION ALL
        SELECT N'change', a.adjudication_id, c.[key] COLLATE Latin1_General_100_BIN2, c.[value] COLLATE Latin1_General_100_BIN2
        FROM kb.adjudication AS a
        CROSS APPLY OPENJSON(a.changes) AS c
        UNION ALL
        SELECT N'decision', d.identity_decision_id, N'reason', d.reason FROM kb.identity_decision AS d
        UNION ALL
        SELECT N'decision', d.identity_decision_id, N'relation_type', d.relation_type FROM kb.identity_decision AS d
        UNION ALL
        SELECT N'candidate', c.identity_candidate_id, N'reasons', c.reasons FROM kb.identity_candidate AS c
        UNION ALL
        SELECT N'candidate', c.identity_candidate_id, p.[key] COLLATE Latin1_General_100_BIN2, p.[value] COLLATE Latin1_General_100_BIN2
        FROM kb.identity_candidate AS c
        CROSS APPLY OPENJSON(c.proposal) AS p
        WHERE p.[key] IN (N'rationale', N'relation_type')
    ) AS s
    WHERE s.text <> N'';
    INSERT INTO #said_word (said_id, word_sha256, word)
    SELECT DISTINCT s.said_id, CONVERT(binary(32), HASHBYTES('SHA2_256', w.[value])), w.[value] COLLATE Latin1_General_100_BIN2
    FROM #said_text AS s
    CROSS APPLY STRING_SPLIT(TRANSLATE(LOWER(s.text COLLATE DATABASE_DEFAULT) COLLATE Latin1_General_100_BIN2, @ends,
        REPLICATE(N' ', LEN(@ends))), N' ') AS w
    WHERE LEN(w.[value]) >= 3;

    INSERT INTO #lost_word (word_sha256, word)
    SELECT w.word_sha256, MIN(w.word)
    FROM #said_word AS w
    WHERE w.word_sha256 IN (
            SELECT CONVERT(binary(32), HASHBYTES('SHA2_256', o.[value]))
            FROM STRING_SPLIT(TRANSLATE(@text COLLATE Latin1_General_100_BIN2, @ends, REPLICATE(N' ', LEN(@ends))), N' ') AS o)
        -- Scripts without spaces have no words.
       OR PATINDEX(N'%[' + NCHAR(11904) + N'-' + NCHAR(65533) + N']%', w.word) > 0
        AND CHARINDEX(LEFT(w.word, 4000), @text COLLATE Latin1_General_100_BIN2) > 0
    GROUP BY w.word_sha256;
    IF EXISTS (SELECT 1 FROM #lost_word AS w)
        DELETE FROM w
        FROM #lost_word AS w
        WHERE w.word_sha256 IN (
            SELECT l.word_sha256
            FROM ingest.source_page AS s
            CROSS APPLY (
                SELECT LOWER(CONCAT(s.title, NCHAR(10), s.content) COLLATE DATABASE_DEFAULT) COLLATE Latin1_General_100_BIN2 AS text
            ) AS t
            JOIN #lost_word AS l ON CHARINDEX(LEFT(l.word, 4000), t.text) > 0
            WHERE NOT EXISTS (SELECT 1 FROM #going_page AS p WHERE p.source_page_id = s.source_page_id));
    INSERT INTO #hit_text (kind, row_id, field)
    SELECT DISTINCT s.kind, s.row_id, s.field
    FROM #said_text AS s
    JOIN #said_word AS w ON w.said_id = s.said_id
    JOIN #lost_word AS l ON l.word_sha256 = w.word_sha256;

    -- Two that were related by such a word: the relation is an assertion of its own.
    SELECT @ids = CONCAT(N'[', STRING_AGG(CONVERT(nvarchar(max), d.assertion_id), N','), N']')
    FROM kb.identity_decision AS d
    JOIN #hit_text AS h ON h.kind = N'decision' AND h.field = N'relation_type' AND h.row_id = d.identity_decision_id
    WHERE d.assertion_id IS NOT NULL;
    INSERT INTO #lost_decision (identity_decision_id, entity_id, other_entity_id, loses_reason, loses_relation)
    SELECT d.identity_decision_id, d.entity_id, d.other_entity_id, IIF(x.is_asked = 1 OR r.row_id IS NOT NULL, 1, 0),
        IIF(t.row_id IS NOT NULL, 1, 0)
    FROM kb.identity_decision AS d
    LEFT JOIN #hit_text AS r ON r.kind = N'decision' AND r.field = N'reason' AND r.row_id = d.identity_decision_id
    LEFT JOIN #hit_text AS t ON t.kind = N'decision' AND t.field = N'relation_type' AND t.row_id = d.identity_decision_id
    CROSS APPLY (
        SELECT IIF(d.decided_as = N'audit' AND EXISTS (
            SELECT 1 FROM #spoken_of AS i WHERE i.entity_id IN (d.entity_id, d.other_entity_id)), 1, 0) AS is_asked
    ) AS x
    WHERE d.reason IS NOT NULL AND x.is_asked = 1 OR r.row_id IS NOT NULL OR t.row_id IS NOT NULL;
    UPDATE d
    SET reason = IIF(l.loses_reason = 1, NULL, d.reason), relation_type = IIF(l.loses_relation = 1, NULL, d.relation_type),
        undone_at = IIF(l.loses_relation = 1, COALESCE(d.undone_at, @now), d.undone_at),
        undone_by = IIF(l.loses_relation = 1, COALESCE(d.undone_by, N'page forget'), d.undone_by)
    FROM kb.identity_decision AS d
    JOIN #lost_decision AS l ON l.identity_decision_id = d.identity_decision_id;
    SET @decisions = @@ROWCOUNT;
    EXEC kb.usp_erase_assertions @assertion_ids = @ids, @now = @now;

    UPDATE c
    SET reasons = IIF(r.row_id IS NOT NULL, N'[]', c.reasons),
        proposal = IIF(t.row_id IS NOT NULL, JSON_MODIFY(JSON_MODIFY(c.proposal, N'$.rationale', NULL), N'$.relation_type', NULL),
            JSON_MODIFY(c.proposal, N'$.rationale', NULL))
    FROM kb.identity_candidate AS c
    LEFT JOIN #hit_text AS r ON r.kind = N'candidate' AND r.field = N'reasons' AND r.row_id = c.identity_candidate_id
    LEFT JOIN #hit_text AS a ON a.kind = N'candidate' AND a.field = N'rationale' AND a.row_id = c.identity_candidate_id
    LEFT JOIN #hit_text AS t ON t.kind = N'candidate' AND t.field = N'relation_type' AND t.row_id = c.identity_candidate_id
    WHERE EXISTS (SELECT 1 FROM OPENJSON(c.proposal) AS p WHERE p.[key] = N'rationale')
        AND EXISTS (SELECT 1 FROM #spoken_of AS i WHERE i.entity_id IN (c.first_entity_id, c.second_entity_id))
       OR r.row_id IS NOT NULL OR a.row_id IS NOT NULL OR t.row_id IS NOT NULL;

    INSERT INTO #kept_changes (adjudication_id, changes, reason)
    SELECT a.adjudication_id, k.changes, IIF(r.row_id IS NOT NULL, NULL, a.reason)
    FROM kb.adjudication AS a
    LEFT JOIN #hit_text AS r ON r.kind = N'adjudication' AND r.row_id = a.adjudication_id
    CROSS APPLY (
        SELECT CONCAT(N'{', STRING_AGG(x.property, N',') WITHIN GROUP (ORDER BY x.name), N'}') AS changes
        FROM (
            SELECT c.[key] AS name, CONCAT(llm.fn_json_string(c.[key]), N':', CASE c.[type]
                WHEN 0 THEN N'null'
                WHEN 1 THEN llm.fn_json_string(c.[value])
                ELSE c.[value] END) AS property
            FROM OPENJSON(a.changes) AS c
            -- A name and its key go together.
            WHERE NOT EXISTS (
                SELECT 1
                FROM #hit_text AS h
                WHERE h.kind = N'change' AND h.row_id = a.adjudication_id
                  AND h.field COLLATE Latin1_General_100_BIN2 IN (c.[key], CONCAT(c.[key], N'_key'),
                      IIF(c.[key] COLLATE Latin1_General_100_BIN2 LIKE N'%[_]key', LEFT(c.[key], LEN(c.[key]) - 4), c.[key])))
        ) AS x
    ) AS k
    WHERE r.row_id IS NOT NULL OR EXISTS (SELECT 1 FROM #hit_text AS h WHERE h.kind = N'change' AND h.row_id = a.adjudication_id);
    UPDATE a
    SET reason = k.reason, changes = k.changes,
        undone_at = IIF(a.decision = N'override' AND k.changes = N'{}', COALESCE(a.undone_at, @now), a.undone_at),
        undone_by = IIF(a.decision = N'override' AND k.changes = N'{}', COALESCE(a.undone_by, N'page forget'), a.undone_by)
    FROM kb.adjudication AS a
    JOIN #kept_changes AS k ON k.adjudication_id = a.adjudication_id;
    SET @decisions += @@ROWCOUNT;
    INSERT INTO #changed_row (kind, row_id)
    SELECT DISTINCT a.kind, a.target_id FROM #kept_changes AS k JOIN kb.adjudication AS a ON a.adjudication_id = k.adjudication_id;
    WHILE EXISTS (SELECT 1 FROM #changed_row AS r WHERE r.place = @place)
    BEGIN
        SELECT @kind = r.kind, @id = r.row_id FROM #changed_row AS r WHERE r.place = @place;
        EXEC kb.usp_rebuild_row @kind = @kind, @id = @id, @now = @now;
        SET @place += 1;
    END;
    SELECT @result_entity_ids = CONCAT(N'[', STRING_AGG(CONVERT(nvarchar(max), u.entity_id), N',')
        WITHIN GROUP (ORDER BY u.entity_id), N']')
    FROM (
        SELECT x.entity_id
        FROM #lost_decision AS d
        CROSS APPLY (VALUES (d.entity_id), (d.other_entity_id)) AS x (entity_id)
        UNION
        SELECT x.entity_id
        FROM #changed_row AS r
        LEFT JOIN kb.bridge_entity_relation AS b ON r.kind = N'relation' AND b.entity_relation_id = r.row_id
        LEFT JOIN kb.fact_attribute AS f ON r.kind = N'fact' AND f.fact_attribute_id = r.row_id
        CROSS APPLY (VALUES (IIF(r.kind = N'entity', r.row_id, NULL)), (b.from_entity_id), (b.to_entity_id), (f.entity_id)) AS x (entity_id)
        WHERE x.entity_id IS NOT NULL
    ) AS u;
END;
